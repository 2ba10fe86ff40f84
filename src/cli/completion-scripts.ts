import { COMPLETE } from './complete-call.ts';

/**
 * The scripts by which shells ask gitkel what may stand next on a line: always the one on the PATH, whatever was typed, so
 * that a key that is pressed behind `./gitkel` runs nothing of the directory where that is.
 * @module
 */

/** Readline inserts what it is given as it stands, so that every value is quoted; it parts words at `=` by itself. */
const BASH = `# bash completion for gitkel: eval "$(gitkel completion bash)"
_gitkel() {
  local value about current=\${COMP_WORDS[COMP_CWORD]} files=
  [[ $current == = ]] && current=
  COMPREPLY=()
  while IFS=$'\\t' read -r value about; do
    if [[ $value == :files ]]; then
      files=1
    else
      printf -v value %q "$value"
      COMPREPLY+=("$value")
    fi
  done < <(command gitkel ${COMPLETE} bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ -n $files ]]; then
    if (( \${#COMPREPLY[@]} == 0 )); then
      compopt -o default
    else
      while IFS= read -r value; do
        printf -v value %q "$value"
        COMPREPLY+=("$value")
      done < <(compgen -f -- "$current")
    fi
  elif [[ \${COMPREPLY[0]-} == --*= ]]; then
    compopt -o nospace
  fi
}
complete -F _gitkel gitkel git-kel
`;

/** compadd quotes what it inserts. */
const ZSH = `#compdef gitkel git-kel
# zsh completion for gitkel: source <(gitkel completion zsh), or put it as _gitkel into a directory of fpath
_gitkel() {
  local -a values shown
  local value about files
  while IFS=$'\\t' read -r value about; do
    if [[ $value == :files ]]; then
      files=1
    else
      values+=("$value")
      shown+=("$value\${about:+  -- $about}")
    fi
  done < <(command gitkel ${COMPLETE} zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) && compadd -l -d shown -- "\${values[@]}"
  if [[ -n $files ]]; then
    compset -P '--*='
    _files
  fi
}
if [[ \${funcstack[1]-} == _gitkel ]]; then
  _gitkel "$@"
else
  compdef _gitkel gitkel git-kel
fi
`;

/** fish quotes what it inserts, and shows what follows the tab beside it. */
const FISH = `# fish completion for gitkel: gitkel completion fish | source
function __gitkel_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -e before[1]
  for line in (command gitkel ${COMPLETE} fish $before "$current" 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current")
    else
      printf '%s\\n' $line
    end
  end
end
complete -c gitkel -f -a '(__gitkel_complete)'
complete -c git-kel -f -a '(__gitkel_complete)'
`;

export const COMPLETION_SHELLS = ['bash', 'zsh', 'fish'] as const;

export type CompletionShell = (typeof COMPLETION_SHELLS)[number];

/** The script for a shell, to be read by it. */
export const COMPLETION_SCRIPTS: Readonly<Record<CompletionShell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
