/**
 * What shells need to be told once: each of them asks the program itself for what may come next, `milena __complete`.
 * @module
 */

/**
 * bash cuts words at "=" and ":" and completes only what is behind them, so the pieces are put together by what is between
 * them on the line, and what is before the last of them is taken off each answer.
 */
const bash = String.raw`# bash completion of milena; made by: milena completion bash

_milena() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() index piece
  for ((index = 0; index < COMP_CWORD; index++)); do
    piece=\${COMP_WORDS[index]}
    if [[ $index -eq 0 || $line == [[:space:]]* ]]; then
      line=\${line#"\${line%%[![:space:]]*}"}
      words+=("$piece")
    else
      words[\${#words[@]}-1]+=$piece
    fi
    line=\${line#"$piece"}
  done
  if [[ $line == [[:space:]]* ]]; then
    words+=("\${line#"\${line%%[![:space:]]*}"}")
  else
    words[\${#words[@]}-1]+=$line
  fi

  local word=\${words[\${#words[@]}-1]} answers=() answer
  local before=\${word%"$2"}
  COMPREPLY=()
  while IFS= read -r answer; do answers+=("$answer"); done < <(milena __complete -- "\${words[@]:1}" 2> /dev/null)
  case \${answers[0]} in
    :files) compopt -o default 2> /dev/null ;;
    :directories) compopt -o dirnames 2> /dev/null ;;
  esac
  for answer in "\${answers[@]:1}"; do
    answer=\${answer%%$'\t'*}
    COMPREPLY+=("\${answer#"$before"}")
  done
  # A value is still to come behind it.
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2> /dev/null; fi
}

complete -F _milena milena
`.replaceAll("\\$", "$");

const zsh = String.raw`#compdef milena
# zsh completion of milena; made by: milena completion zsh

_milena() {
  local -a answers described unfinished
  local answer word
  answers=("\${(@f)$(milena __complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2> /dev/null)}")
  case $answers[1] in
    :files) _files; return ;;
    :directories) _files -/; return ;;
  esac
  for answer in "\${(@)answers[2,-1]}"; do
    word=\${answer%%$'\t'*}
    # A value is still to come behind "=".
    if [[ $word == *= ]]; then unfinished+=("$word"); continue; fi
    described+=("\${word//:/\\:}:\${answer#*$'\t'}")
  done
  (( $#unfinished )) && compadd -S '' -- $unfinished
  _describe -t milena milena described
}

if [[ $funcstack[1] == _milena ]]; then
  _milena "$@"
else
  compdef _milena milena
fi
`.replaceAll("\\$", "$");

const fish = String.raw`# fish completion of milena; made by: milena completion fish

function __milena_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l answers (milena __complete -- $words[2..-1] "$current" 2> /dev/null)
  switch "$answers[1]"
    case :files
      __fish_complete_path "$current"
    case :directories
      __fish_complete_directories "$current"
  end
  if test (count $answers) -gt 1
    printf '%s\n' $answers[2..-1]
  end
end

complete -c milena -f -a '(__milena_complete)'
`;

export const scripts = { bash, zsh, fish } as const;
