"""The lines in which a named value is written: assignments of ten languages, configuration, shell, SQL, URLs, XML, and
pairs that are split over lines or JSON members.

A shape is a template with {k} for the key and {v} for the value. `bare` shapes have no quotes, so they take only values
that need none; `code` shapes are source in which an unquoted word would be a name. `escape` is what the syntax wants.
"""
import dataclasses
import json
import re
import urllib.parse
from typing import Callable, Optional
from xml.sax import saxutils

from corpus.chance import words
from corpus.keys import styled


@dataclasses.dataclass(frozen=True)
class Shape:
    name: str
    language: str  # decides the file's name
    styles: tuple
    template: str
    bare: bool = False
    escape: Optional[Callable] = None


def _percent(value):
    return urllib.parse.quote(value, safe="-._~!*")


def _json(value):
    return json.dumps(value)[1:-1]


def _json_twice(value):
    return _json(_json(value))


def _xml(value):
    return saxutils.escape(value, {'"': "&quot;"})


CODE_STYLES = ("snake", "scream", "camel")
CAMEL = ("camel", "camel", "pascal", "scream")

SHAPES = [
    Shape("python assignment", "python", ("snake", "snake", "scream"), '{k} = "{v}"'),
    Shape("python assignment", "python", ("snake", "scream"), "{k} = '{v}'"),
    Shape("python attribute", "python", ("snake",), 'self.{k} = "{v}"'),
    Shape("python keyword argument", "python", ("snake",), 'client = connect(host, {k}="{v}", timeout=30)'),
    Shape("python dictionary", "python", ("snake", "camel"), '    "{k}": "{v}",'),
    Shape("python subscript", "python", ("scream",), "os.environ['{k}'] = '{v}'"),
    Shape("python default of a lookup", "python", ("scream",), 'value = os.getenv("{k}", "{v}")'),
    Shape("python annotated", "python", ("snake",), '    {k}: str = "{v}"'),
    Shape("javascript constant", "javascript", CAMEL, "const {k} = '{v}';"),
    Shape("javascript constant", "javascript", CAMEL, 'const {k} = "{v}";'),
    Shape("javascript template string", "javascript", ("camel",), "let {k} = `{v}`;"),
    Shape("javascript property", "javascript", ("camel", "snake"), "  {k}: '{v}',"),
    Shape("javascript fallback", "javascript", ("scream",), "  secret: process.env.{k} || '{v}',"),
    Shape("typescript member", "typescript", ("camel",), "  private readonly {k}: string = '{v}';"),
    Shape("go short declaration", "go", ("camel",), '\t{k} := "{v}"'),
    Shape("go constant", "go", ("camel", "pascal"), 'const {k} = "{v}"'),
    Shape("go field", "go", ("pascal",), '\t\t{k}: "{v}",'),
    Shape("go field aligned", "go", ("pascal",), '\t\t{k}:               "{v}",'),
    Shape("go raw string", "go", ("camel",), "var {k} = `{v}`"),
    Shape("java field", "java", ("scream", "camel"), '    private static final String {k} = "{v}";'),
    Shape("java setter", "java", ("pascal",), '    config.set{k}("{v}");'),
    Shape("java property", "java", ("dotted",), '    props.setProperty("{k}", "{v}");'),
    Shape("java annotation", "java", ("dotted",), '    @Value("${{{k}:{v}}}")'),
    Shape("csharp field", "csharp", ("pascal", "camel"), '        private const string {k} = "{v}";'),
    Shape("csharp initializer", "csharp", ("pascal",), '            {k} = "{v}",'),
    Shape("csharp connection string", "csharp", ("pascal",), 'var c = "Server=db1;Database=shop;User Id=sa;{k}={v};";',
          bare=True),
    Shape("ruby assignment", "ruby", ("snake", "scream"), "{k} = '{v}'"),
    Shape("ruby hash", "ruby", ("snake",), "  :{k} => '{v}',"),
    Shape("ruby symbol", "ruby", ("snake",), '  {k}: "{v}",'),
    Shape("php variable", "php", ("snake", "camel"), "${k} = '{v}';"),
    Shape("php define", "php", ("scream",), "define('{k}', '{v}');"),
    Shape("php array", "php", ("snake",), "    '{k}' => '{v}',"),
    Shape("php array aligned", "php", ("snake",), "    '{k}'              => '{v}',"),
    Shape("rust constant", "rust", ("scream",), 'const {k}: &str = "{v}";'),
    Shape("rust binding", "rust", ("snake",), '    let {k} = "{v}";'),
    Shape("rust field", "rust", ("snake",), '        {k}: "{v}".to_string(),'),
    Shape("cpp constant", "cpp", ("snake", "camel"), 'static const char* {k} = "{v}";'),
    Shape("cpp string", "cpp", ("camel", "snake"), 'std::string {k} = "{v}";'),
    Shape("cpp define", "cpp", ("scream",), '#define {k} "{v}"'),
    Shape("cpp braces", "cpp", ("snake",), '  const std::string {k}{{"{v}"}};'),
    Shape("kotlin value", "kotlin", ("camel",), '    val {k} = "{v}"'),
    Shape("swift value", "swift", ("camel",), '    let {k} = "{v}"'),
    Shape("shell export", "shell", ("scream",), 'export {k}="{v}"'),
    Shape("shell export", "shell", ("scream",), "export {k}='{v}'"),
    Shape("shell bare", "shell", ("scream",), "export {k}={v}", bare=True),
    Shape("shell option", "shell", ("kebab",), 'deploy --{k} "{v}" --region eu-west-1'),
    Shape("shell option", "shell", ("kebab",), "deploy --{k}={v} --verbose", bare=True),
    Shape("shell header", "shell", ("header",), "curl -H '{k}: {v}' https://api.host.example/v1/items"),
    Shape("powershell variable", "powershell", ("pascal",), '${k} = "{v}"'),
    Shape("env", "env", ("scream",), "{k}={v}", bare=True),
    Shape("env", "env", ("scream",), "{k}={v}", bare=True),
    Shape("env quoted", "env", ("scream",), '{k}="{v}"'),
    Shape("yaml", "yaml", ("snake", "camel", "kebab"), "  {k}: {v}", bare=True),
    Shape("yaml quoted", "yaml", ("snake", "camel", "kebab"), '  {k}: "{v}"'),
    Shape("yaml quoted", "yaml", ("snake", "camel"), "    {k}: '{v}'"),
    Shape("yaml aligned", "yaml", ("snake", "camel", "kebab"), "{k}:              {v}", bare=True),
    Shape("yaml block scalar", "yaml", ("snake", "kebab"), "  {k}: |\n    {v}"),
    Shape("yaml folded scalar", "yaml", ("snake", "kebab"), "  {k}: >-\n    {v}"),
    Shape("yaml list entry", "compose", ("scream",), "      - {k}={v}", bare=True),
    Shape("kubernetes name and value", "kubernetes", ("scream",), '        - name: {k}\n          value: "{v}"'),
    Shape("kubernetes name and value", "kubernetes", ("scream",), "        - name: {k}\n          value: {v}",
          bare=True),
    Shape("kubernetes stringData", "kubernetes", ("kebab", "scream"), "stringData:\n  {k}: {v}", bare=True),
    Shape("toml", "toml", ("snake", "kebab"), '{k} = "{v}"'),
    Shape("toml literal", "toml", ("snake",), "{k} = '{v}'"),
    Shape("ini", "ini", ("snake", "camel"), "{k} = {v}", bare=True),
    Shape("ini", "ini", ("snake", "flat"), "{k}={v}", bare=True),
    Shape("ini aligned", "ini", ("snake", "camel"), "{k}              = {v}", bare=True),
    Shape("properties", "properties", ("dotted",), "app.{k}={v}", bare=True),
    Shape("properties", "properties", ("dotted",), "spring.datasource.{k}: {v}", bare=True),
    Shape("json member", "json", ("camel", "snake"), '  "{k}": "{v}",', escape=_json),
    Shape("json compact", "json", ("camel", "snake"), '{{"id":7,"{k}":"{v}","ok":true}}', escape=_json),
    Shape("json name and value", "json", ("scream", "camel"), '{{"name": "{k}", "value": "{v}"}},', escape=_json),
    Shape("json name and value over lines", "json", ("scream", "snake"),
          '  {{\n    "name": "{k}",\n    "value": "{v}"\n  }},', escape=_json),
    Shape("json in json", "json", ("camel", "snake"), '{{"body": "{{\\"{k}\\": \\"{v}\\"}}"}}', escape=_json_twice),
    Shape("json key and value", "json", ("kebab", "snake"), '{{"key": "{k}", "value": "{v}"}}', escape=_json),
    Shape("xml element", "xml", ("camel", "kebab"), "    <{k}>{v}</{k}>", escape=_xml),
    Shape("xml attribute", "xml", ("camel",), '  <server host="db1" {k}="{v}"/>', escape=_xml),
    Shape("xml add", "xml", ("pascal",), '    <add key="{k}" value="{v}"/>', escape=_xml),
    Shape("xml property", "xml", ("dotted", "camel"), '    <property name="{k}" value="{v}"/>', escape=_xml),
    Shape("hcl", "hcl", ("snake",), '  {k} = "{v}"'),
    Shape("hcl aligned", "hcl", ("snake",), '  {k}                   = "{v}"'),
    Shape("hcl default", "hcl", ("snake",), 'variable "{k}" {{\n  default = "{v}"\n}}'),
    Shape("dockerfile env", "dockerfile", ("scream",), "ENV {k}={v}", bare=True),
    Shape("dockerfile env old", "dockerfile", ("scream",), "ENV {k} {v}", bare=True),
    Shape("dockerfile arg", "dockerfile", ("scream",), "ARG {k}={v}", bare=True),
    Shape("nginx header", "nginx", ("header",), '        proxy_set_header {k} "{v}";'),
    Shape("nginx variable", "nginx", ("snake",), "    set ${k} {v};", bare=True),
    Shape("sql user", "sql", ("flat",), "CREATE USER app IDENTIFIED BY '{v}'; -- {k}"),
    Shape("sql role", "sql", ("flat",), "ALTER ROLE app WITH PASSWORD '{v}'; -- {k}"),
    Shape("sql update", "sql", ("snake",), "UPDATE settings SET {k} = '{v}' WHERE id = 1;"),
    Shape("sql insert", "sql", ("snake",), "INSERT INTO settings (name, value) VALUES ('{k}', '{v}');"),
    Shape("url parameter", "text", ("snake", "camel"), "GET https://api.host.example/v2/items?page=2&{k}={v}&sort=asc",
          escape=_percent),
    Shape("url user", "env", ("scream",), "{k}_URL=postgres://app:{v}@db1.host.example:5432/shop", escape=_percent),
    Shape("csv row", "csv", ("snake",), "7,{k},{v},2025-03-01", bare=True),
    Shape("log field", "log", ("snake", "camel"), "2025-03-01T10:00:00Z INFO login user=anna {k}={v} took=12ms",
          bare=True),
    Shape("log json", "log", ("snake", "camel"), '{{"level":"debug","msg":"request","{k}":"{v}","ms":12}}',
          escape=_json),
    Shape("chat", "text", ("spaced",), "the {k} is {v}", bare=True),
    Shape("markdown", "markdown", ("spaced",), "- {k}: `{v}`"),
    Shape("htpasswd command", "shell", ("flat",), "mysql -u root --{k}={v} shop < dump.sql", bare=True),
]

# They say themselves that the value is a secret, whatever the key: no decoy stands there.
NAMING = {"sql user", "sql role", "javascript fallback"}

# Source in which the value is an expression: only decoys stand here.
EXPRESSIONS = [
    Shape("python expression", "python", ("snake", "scream"), "{k} = {v}"),
    Shape("python expression", "python", ("snake",), "        self.{k} = {v}"),
    Shape("python keyword argument", "python", ("snake",), "    login(user, {k}={v})"),
    Shape("python dictionary", "python", ("snake",), '    "{k}": {v},'),
    Shape("javascript expression", "javascript", ("camel",), "const {k} = {v};"),
    Shape("javascript property", "javascript", ("camel",), "  {k}: {v},"),
    Shape("typescript member", "typescript", ("camel",), "  this.{k} = {v};"),
    Shape("go expression", "go", ("camel",), "\t{k} := {v}"),
    Shape("go field", "go", ("pascal",), "\t\t{k}: {v},"),
    Shape("go field aligned", "go", ("pascal",), "\t\t{k}:               {v},"),
    Shape("java expression", "java", ("camel",), "        String {k} = {v};"),
    Shape("java member", "java", ("camel",), "        this.{k} = {v};"),
    Shape("csharp expression", "csharp", ("camel", "pascal"), "            var {k} = {v};"),
    Shape("ruby expression", "ruby", ("snake",), "    @{k} = {v}"),
    Shape("ruby hash", "ruby", ("snake",), "      {k}: {v},"),
    Shape("php expression", "php", ("camel", "snake"), "        ${k} = {v};"),
    Shape("rust expression", "rust", ("snake",), "    let {k} = {v};"),
    Shape("rust field", "rust", ("snake",), "            {k}: {v},"),
    Shape("cpp expression", "cpp", ("snake", "camel"), "  auto {k} = {v};"),
    Shape("cpp member", "cpp", ("snake",), "  {k}_ = {v};"),
    Shape("hcl expression", "hcl", ("snake",), "  {k} = {v}"),
    Shape("hcl expression aligned", "hcl", ("snake",), "  {k}                   = {v}"),
    Shape("shell expression", "shell", ("scream",), "{k}={v}"),
    Shape("yaml expression", "yaml", ("snake", "camel"), "    {k}: {v}"),
    Shape("kotlin expression", "kotlin", ("camel",), "        val {k} = {v}"),
]

EXTENSIONS = {"python": ["py"], "javascript": ["js", "js", "jsx", "mjs"], "typescript": ["ts", "tsx"], "go": ["go"],
              "java": ["java"], "csharp": ["cs"], "ruby": ["rb"], "php": ["php"], "rust": ["rs"],
              "cpp": ["cc", "cpp", "h"],
              "kotlin": ["kt"], "swift": ["swift"], "shell": ["sh", "bash"], "powershell": ["ps1"],
              "yaml": ["yml", "yaml"],
              "kubernetes": ["yaml"], "toml": ["toml"], "ini": ["ini", "cfg", "conf"], "properties": ["properties"],
              "json": ["json"], "xml": ["xml", "config"], "hcl": ["tf", "tfvars"], "nginx": ["conf"], "sql": ["sql"],
              "csv": ["csv"], "log": ["log"], "text": ["txt"], "markdown": ["md"], "html": ["html"],
              "css": ["css", "scss"],
              "lock": ["lock"], "svg": ["svg"]}
FIXED_NAMES = {"env": [".env", ".env.production", "config/.env", "deploy/app.env"], "compose": ["docker-compose.yml"],
               "dockerfile": ["Dockerfile", "docker/Dockerfile.prod"]}
SOURCE = {"python", "javascript", "typescript", "go", "java", "csharp", "ruby", "php", "rust", "cpp", "kotlin", "swift"}

_PLAIN = re.compile(r"[A-Za-z0-9_.+/=@^~:!*?%-]+\Z")
_MARKUP_NAME = re.compile(r"[A-Za-z][\w.-]*\Z")


def accepts(shape, value):
    if shape.bare:
        return bool(_PLAIN.match(value)) and not (shape.language == "java" and "}" in value)
    if shape.name == "java annotation":
        return not set("{}:") & set(value)
    return not ("`" in value and "`" in shape.template)


def render(shape, key_parts, value, rng):
    """The text, the key and the value as they are written."""
    key = styled(key_parts, rng.choice(shape.styles))
    if shape.language == "xml" and not _MARKUP_NAME.match(key):
        key = "n" + key
    written = shape.escape(value) if shape.escape else value
    return shape.template.format(k=key, v=written), key, written


FOLDERS = {"source": ["src", "lib", "app", "internal", "pkg", "server", "core", "service"],
           "test": ["test", "tests", "spec", "__tests__", "fixtures", "testdata", "src/test"],
           "docs": ["docs", "doc", "examples", "samples"], "deploy": ["deploy", "config", "ops", "infra", "."]}


def path_of(shape_or_language, rng, room=None):
    """A path that such text would have; `room` is a key of FOLDERS."""
    language = getattr(shape_or_language, "language", shape_or_language)
    room = room or ("source" if language in SOURCE else "deploy")
    if language in FIXED_NAMES:
        base = rng.choice(FIXED_NAMES[language])
        return f"{rng.choice(FOLDERS[room])}/{base}" if room in ("test", "docs") else base
    name = "_".join(rng.choice(words("code")) for _ in range(rng.choice([1, 1, 2])))
    if room == "test" and rng.random() < 0.6:
        name = rng.choice([f"test_{name}", f"{name}_test", f"{name}.spec"])
    extension = rng.choice(EXTENSIONS[language])
    middle = rng.choice(["", "", rng.choice(words("code")) + "/"])
    return f"{rng.choice(FOLDERS[room])}/{middle}{name}.{extension}".removeprefix("./")
