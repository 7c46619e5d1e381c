"""Text without any secret, for secrets and decoys to stand in: a few lines of each language, made of words."""
from corpus.chance import some, words
from corpus.keys import styled

LINES = {
    "python": ["def {a}_{b}({c}):", "    return {a}.{b}({c})", "    if {a} is None:",
               "        raise ValueError('{a} {b}')", "import {a}", "# {a} the {b} of {c}"],
    "javascript": ["export function {a}{B}({c}) {{", "  return {a}.{b}({c});", "}}", "import {a} from './{b}';",
                   "  if (!{a}) throw new Error('{b}');", "// {a} {b}"],
    "go": ["func {a}{B}({c} string) error {{", "\treturn {a}.{B}({c})", "}}", "\tif err != nil {{", "// {a} {b} {c}"],
    "java": ["    public void {a}{B}(String {c}) {{", "        {a}.{b}({c});", "    }}", "    /** {a} {b}. */",
             "import com.{a}.{b};"],
    "config": ["# {a} {b}"], "env": ["# {a} {b}", "{A}_{C}={n}"], "yaml": ["# {a} {b}", "{a}:", "  {b}: {n}"],
    "json": [],
    "text": ["The {a} of the {b} is in the {c}.", "Please {a} it before {b}."],
    "markdown": ["## {B} {c}", "The `{a}` {b}s the {c}."],
    "log": ["2025-03-01T10:00:00Z INFO {a} {b} in {n}ms", "2025-03-01T10:00:01Z WARN {a}.{b} retried"],
    "sql": ["SELECT {a}, {b} FROM {c};", "-- {a} {b}"], "shell": ["# {a} the {b}", "cd {a}/{b}", "echo \"{a} {b}\""],
    "dockerfile": ["RUN apt-get install -y {a}", "WORKDIR /{a}/{b}"], "ini": ["[{a}]", "{b} = {n}"],
    "toml": ["[{a}.{b}]", "{c} = {n}"],
    "properties": ["{a}.{b}={n}"], "xml": ["  <{a}><{b}>{n}</{b}></{a}>"],
    "hcl": ["# {a} {b}", "resource \"{a}\" \"{b}\" {{"], "nginx": ["    location /{a} {{", "    }}"],
    "csv": ["{n},{a},{b},2025-02-01"], "ruby": ["  def {a}_{b}({c})", "    {a}.{b}({c})", "  end"],
    "php": ["function {a}_{b}(${c}) {{", "    return ${a}->{b}(${c});", "}}"],
    "rust": ["fn {a}_{b}({c}: &str) -> bool {{", "    {a}.{b}({c})", "}}", "use {a}::{b};"],
    "cpp": ["int {a}_{b}(int {c}) {{", "  return {a}({c});", "}}", "#include \"{a}/{b}.h\""],
    "csharp": ["        public void {B}(string {c})", "        {{", "        }}", "using {B};"],
    "kubernetes": ["        # {a} {b}"], "compose": ["      # {a} {b}"],
    "kotlin": ["    fun {a}({b}: Int) = {c}({b})"], "swift": ["    func {a}({b}: Int) {{ {c}({b}) }}"],
    "powershell": ["# {a} {b}", "Get-{B} -{a} {n}"],
}
SAME = {"typescript": "javascript"}


def lines(language, rng, count):
    """Lines of the language; none for "" and for what has no lines that mean nothing."""
    table = LINES.get(SAME.get(language, language), []) if language else []
    out = []
    for _ in range(count if table else 0):
        a, b, c = some(rng, 3, "code")
        out.append(rng.choice(table).format(a=a, b=b, c=c, A=a.upper(), B=b.capitalize(), C=c.upper(),
                                            n=rng.randint(1, 999)))
    return out


def identifier(rng):
    return styled([rng.choice(words("code")) for _ in range(2)], "camel")
