# Other people's programs that the tests call ours with: the SDKs of serve_clients.py and pre-commit of
# hooks_pre_commit.py, of fixed versions, in .cache/clients. Sourced by ./test.
build_clients() {
  local made=$root/.cache/clients wanted='openai==3.54.0 anthropic==2.12.0 pre-commit==4.7.0'
  [[ -e $made/version && $(<"$made/version") == "$wanted" ]] && return
  rm -rf "$made"
  # shellcheck disable=SC2086
  quietly clients /usr/bin/python3 -m venv "$made" && quietly clients "$made/bin/pip" install -q $wanted &&
    echo "$wanted" >"$made/version"
}
