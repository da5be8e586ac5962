/**
 * The scripts that make shells complete `pond`: they ask the command itself, so that they know what is in the pond, and stay right when the
 * command learns more. What they run is the `pond` of PATH, not the file that somebody is typing: Tab must not run what lies around.
 */

const BASH = String.raw`# Completions of pond for Bash: source <(pond completions bash)
_pond() {
  local mode line
  COMPREPLY=()
  {
    IFS= read -r mode || return 0
    while IFS= read -r line; do COMPREPLY+=("$line"); done
  } < <(pond complete-words bash -- "${"$"}{COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null </dev/null)
  case "$mode" in
    files) compopt -o default 2>/dev/null ;;
    nospace) compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}
complete -F _pond pond
`

const ZSH = String.raw`#compdef pond
# Completions of pond for Zsh: pond completions zsh > DIR/_pond, where DIR is in fpath
_pond() {
  local mode
  local -a found typed
  typed=("${"$"}{(@Q)words[2,CURRENT-1]}" "${"$"}{(Q)PREFIX}")
  found=("${"$"}{(@f)$(pond complete-words zsh -- "$typed[@]" 2>/dev/null </dev/null)}")
  mode=$found[1]
  shift found
  case "$mode" in
    files) _files ;;
    nospace) _describe -t words 'pond' found -S '' ;;
    space) _describe -t words 'pond' found ;;
  esac
}
if [[ "$funcstack[1]" == _pond ]]; then _pond "$@"; else compdef _pond pond; fi
`

const FISH = String.raw`# Completions of pond for fish: pond completions fish > ~/.config/fish/completions/pond.fish
function __pond_complete
    set -l typed (commandline -opc)
    set -e typed[1]
    set -l current (commandline -ct)
    set -l found (pond complete-words fish -- $typed (string replace -ra '\\\\(.)' '$1' -- "$current") 2>/dev/null </dev/null)
    test (count $found) -gt 0; or return 0
    if test "$found[1]" = files
        __fish_complete_path "$current"
    else
        set -e found[1]
        printf '%s\n' $found
    end
end
complete -c pond -f -a '(__pond_complete)'
`

/** The shells there are scripts for. */
export const SHELLS = ["bash", "zsh", "fish"] as const

/** The script of each shell. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = { bash: BASH, zsh: ZSH, fish: FISH }
