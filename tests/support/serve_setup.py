"""nginx and LiteLLM asking staunch before they ask a provider: the pieces that docs/serve.md gives, with ports put in."""
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/serve.md"
FRAME = """
daemon off;
worker_processes 1;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
load_module /usr/lib/nginx/modules/ngx_http_js_module.so;
events {}
http {
  access_log off;
  client_body_temp_path FOLDER; proxy_temp_path FOLDER;
  fastcgi_temp_path FOLDER; uwsgi_temp_path FOLDER; scgi_temp_path FOLDER;
  PIECE
}
"""


def piece(language):
    (body,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    return body


def nginx_files(folder, port, staunch, provider):
    """Its configuration, and the script beside it; the provider is one without TLS."""
    conf = FRAME.replace("PIECE", piece("nginx"))
    for said, meant in (("FOLDER", folder), ("from guard.js", f"from {folder}/guard.js"),
                        ("127.0.0.1:8080", f"127.0.0.1:{port}"),
                        ("127.0.0.1:8731", f"127.0.0.1:{staunch}"),
                        ("https://PROVIDER/", f"http://127.0.0.1:{provider}/")):
        assert said in conf, said
        conf = conf.replace(said, meant)
    return conf, piece("js")


def litellm_config(staunch, provider):
    """Of its proxy, with one model, whose provider is one without TLS."""
    guardrails = piece("yaml")
    assert "127.0.0.1:8731" in guardrails, guardrails
    return f"""
model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "http://127.0.0.1:{provider}/v1", api_key: unused}}
{guardrails.replace("127.0.0.1:8731", f"127.0.0.1:{staunch}")}"""
