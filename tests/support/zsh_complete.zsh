# usage: zsh -f zsh_complete.zsh FOLDER LINE
# Types LINE and TAB into an interactive zsh that completes from FOLDER, and prints what the line
# has become. The inner shell reports its edit buffer, so nothing is read off a screen.
zmodload zsh/zpty
export TERM=dumb
zpty inner zsh -f -i
zpty -w inner "fpath=($1 \$fpath); autoload -Uz compinit && compinit -u -D"
zpty -w inner 'unset zle_bracketed_paste; report() { print -r -- "<<$BUFFER>>"; BUFFER=""; zle accept-line }'
zpty -w inner 'zle -N report; bindkey "^X" report; print READ""Y'
zpty -r inner output '*READY*'
zpty -n -w inner "$2"$'\t\C-x'
zpty -r inner output '*<<*>>*'
output=${output##*<<}
print -r -- "${output%%>>*}"
zpty -d inner
