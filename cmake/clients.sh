# Other people's programs that the tests call ours with: the SDKs and LiteLLM's proxy of serve_clients.py, and
# pre-commit of hooks_pre_commit.py, of fixed versions, in .cache. LiteLLM wants another version of the SDK. Sourced by
# ./test.
build_clients() {
  build_venv clients openai==3.54.0 anthropic==2.12.0 pre-commit==4.7.0 &&
    build_venv clients-litellm 'litellm[proxy]==1.106.2'
}

build_venv() {  # NAME PACKAGE...
  local made=$root/.cache/$1
  shift
  [[ -e $made/version && $(<"$made/version") == "$*" ]] && return
  rm -rf "$made"
  quietly clients /usr/bin/python3 -m venv "$made" &&
    quietly clients "$made/bin/pip" install -q --retries 10 --timeout 60 --no-compile "$@" &&
    echo "$*" >"$made/version"
}
