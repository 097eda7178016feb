# bash completion for meshfn: made by `meshfn completion bash`
_meshfn_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_meshfn_files() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen "$1" -- "$cur")
}

_meshfn() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" chain="" i
  COMPREPLY=()
  # bash splits words at `=` and `:`, so --flag=value and FORMAT:FILE arrive in parts.
  if [[ $cur == "=" || $cur == ":" ]]; then
    [[ $cur == ":" ]] && prev=":"
    cur=""
  elif [[ $prev == "=" ]]; then
    prev="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $prev == ":" ]]; then
    _meshfn_files -f
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$chain/${COMP_WORDS[i]}" in
      /explain) chain=/explain ;;
      /list) chain=/list ;;
      /completion) chain=/completion ;;
      /help) chain=/help ;;
    esac
  done
  case "$chain $prev" in
    " --color") _meshfn_words "auto always never"; return ;;
    "/explain --output" | "/explain -o") _meshfn_words "text json markdown"; return ;;
    "/explain --color") _meshfn_words "auto always never"; return ;;
    "/list --output" | "/list -o") _meshfn_words "text json markdown"; return ;;
    "/list --color") _meshfn_words "auto always never"; return ;;
    "/completion --color") _meshfn_words "auto always never"; return ;;
    "/help --output" | "/help -o") _meshfn_words "text man"; return ;;
    "/help --color") _meshfn_words "auto always never"; return ;;
  esac
  case "$chain" in
    "")
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "explain list completion help"; fi
      ;;
    /explain)
      if [[ $cur == -* ]]; then _meshfn_words "--output --color --quiet --verbose --help --version"; else _meshfn_words "MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0021 MF0022 MF0023 MF0024"; fi
      ;;
    /list)
      if [[ $cur == -* ]]; then _meshfn_words "--output --color --quiet --verbose --help --version"; else _meshfn_words "rules formats settings"; fi
      ;;
    /completion)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "bash zsh fish"; fi
      ;;
    /help)
      if [[ $cur == -* ]]; then _meshfn_words "--output --color --quiet --verbose --help --version"; else :; fi
      ;;
  esac
}

complete -F _meshfn meshfn
