# fish completion for meshfn: made by `meshfn completion fish`
function __meshfn_at
    set -l chain ""
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        switch "$chain/$word"
            case /completion
                set chain /completion
            case /help
                set chain /help
        end
    end
    test "$chain" = "$argv[1]"
end

complete -c meshfn -f
complete -c meshfn -n '__meshfn_at ""' -a completion -d 'Print the completion script of a shell'
complete -c meshfn -n '__meshfn_at ""' -a help -d 'Show help for a command'
complete -c meshfn -n '__meshfn_at ""' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at ""' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at ""' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at ""' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at ""' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /completion' -a 'bash zsh fish' -d 'SHELL'
complete -c meshfn -n '__meshfn_at /completion' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /completion' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /completion' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /completion' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /completion' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /help' -s o -l output -x -a 'text man' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /help' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /help' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /help' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /help' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /help' -s V -l version -d 'show the version'
