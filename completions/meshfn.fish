# fish completion for meshfn: made by `meshfn completion fish`
function __meshfn_at
    set -l chain ""
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        switch "$chain/$word"
            case /explain
                set chain /explain
            case /list
                set chain /list
            case /completion
                set chain /completion
            case /help
                set chain /help
        end
    end
    test "$chain" = "$argv[1]"
end

complete -c meshfn -f
complete -c meshfn -n '__meshfn_at ""' -a explain -d 'Explain a rule: what must hold, what breaks otherwise, how to mend it'
complete -c meshfn -n '__meshfn_at ""' -a list -d 'List what meshfn knows'
complete -c meshfn -n '__meshfn_at ""' -a completion -d 'Print the completion script of a shell'
complete -c meshfn -n '__meshfn_at ""' -a help -d 'Show help for a command'
complete -c meshfn -n '__meshfn_at ""' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at ""' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at ""' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at ""' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at ""' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /explain' -a 'MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0021 MF0022 MF0023 MF0024' -d 'RULE'
complete -c meshfn -n '__meshfn_at /explain' -s o -l output -x -a 'text json markdown' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /explain' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /explain' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /explain' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /explain' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /explain' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /list' -a 'rules formats settings' -d 'WHAT'
complete -c meshfn -n '__meshfn_at /list' -s o -l output -x -a 'text json markdown' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /list' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /list' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /list' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /list' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /list' -s V -l version -d 'show the version'
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
