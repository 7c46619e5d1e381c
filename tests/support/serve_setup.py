"""nginx asking staunch before it asks a provider: the pieces that the README gives, with ports put in."""

SCRIPT = """
async function guard(r) {
  const checked = await r.subrequest('/_staunch', {method: 'POST', body: r.requestText, args: 'shape=auto'});
  r.headersOut['Content-Type'] = 'application/json';
  if (checked.status != 200) {
    r.return(checked.status == 400 ? 400 : 502, checked.responseText);
    return;
  }
  const answer = await r.subrequest('/_provider' + r.uri, {method: 'POST', body: checked.responseText});
  r.return(answer.status, answer.responseText);
}
export default {guard};
"""

CONF = """
daemon off;
worker_processes 1;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
load_module /usr/lib/nginx/modules/ngx_http_js_module.so;
events {}
http {
  access_log off;
  client_body_temp_path FOLDER; proxy_temp_path FOLDER; fastcgi_temp_path FOLDER; uwsgi_temp_path FOLDER; scgi_temp_path FOLDER;
  js_import guard from FOLDER/guard.js;
  subrequest_output_buffer_size 8m;
  server {
    listen 127.0.0.1:PORT;
    client_max_body_size 8m;
    client_body_buffer_size 8m;
    location / { js_content guard.guard; }
    location = /_staunch {
      internal;
      proxy_pass http://127.0.0.1:STAUNCH/v1/redact;
      proxy_set_header Host localhost;
      proxy_set_header Authorization "";
      proxy_set_header x-api-key "";
      proxy_set_header Accept-Encoding "";
    }
    location /_provider/ {
      internal;
      proxy_pass http://127.0.0.1:PROVIDER/;
      proxy_set_header Accept-Encoding "";
    }
  }
}
"""


def nginx_files(folder, port, staunch, provider):
    conf = CONF.replace("FOLDER", folder).replace("PORT", str(port)).replace("STAUNCH", str(staunch))
    return conf.replace("PROVIDER", str(provider)), SCRIPT
