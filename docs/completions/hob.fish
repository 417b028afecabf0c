# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_hob_global_optspecs
    string join \n home= json daemon h/help V/version
end

function __fish_hob_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_hob_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_hob_using_subcommand
    set -l cmd (__fish_hob_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c hob -n "__fish_hob_needs_command" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_needs_command" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_needs_command" -l daemon -d 'Be the daemon, in the foreground'
complete -c hob -n "__fish_hob_needs_command" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_needs_command" -s V -l version -d 'Print version'
complete -c hob -n "__fish_hob_needs_command" -f -a "ls" -d 'List all services'
complete -c hob -n "__fish_hob_needs_command" -f -a "show" -d 'Show all that is known of a service'
complete -c hob -n "__fish_hob_needs_command" -f -a "top" -d 'Show what services use, live'
complete -c hob -n "__fish_hob_needs_command" -f -a "logs" -d 'Read the logs of services, or follow them'
complete -c hob -n "__fish_hob_needs_command" -f -a "status" -d 'Show how the daemon, or a service, is'
complete -c hob -n "__fish_hob_needs_command" -f -a "wait" -d 'Wait until services are ready, running or stopped, or runs of jobs are over'
complete -c hob -n "__fish_hob_needs_command" -f -a "start" -d 'Start services'
complete -c hob -n "__fish_hob_needs_command" -f -a "stop" -d 'Stop services'
complete -c hob -n "__fish_hob_needs_command" -f -a "restart" -d 'Stop services and start them again'
complete -c hob -n "__fish_hob_needs_command" -f -a "up" -d 'Start a project\'s services, or the daemon and all that start by themselves'
complete -c hob -n "__fish_hob_needs_command" -f -a "down" -d 'Stop a project\'s services and forget the project'
complete -c hob -n "__fish_hob_needs_command" -f -a "pause" -d 'Begin no job and start nothing that crashes again, for a while or until `resume`'
complete -c hob -n "__fish_hob_needs_command" -f -a "resume" -d 'End the pause: start again what crashed in it, begin what waits'
complete -c hob -n "__fish_hob_needs_command" -f -a "signal" -d 'Send a signal to all processes of a service\'s group'
complete -c hob -n "__fish_hob_needs_command" -f -a "queue" -d 'Run a command in its turn, in the background'
complete -c hob -n "__fish_hob_needs_command" -f -a "run" -d 'Ask for a command, wait for the yes, and run exactly that'
complete -c hob -n "__fish_hob_needs_command" -f -a "approvals" -d 'List what waits for a decision, the longest first'
complete -c hob -n "__fish_hob_needs_command" -f -a "approve" -d 'Show everything about a request, and allow it'
complete -c hob -n "__fish_hob_needs_command" -f -a "deny" -d 'Say no to requests'
complete -c hob -n "__fish_hob_needs_command" -f -a "add" -d 'Add a service and start it'
complete -c hob -n "__fish_hob_needs_command" -f -a "remove" -d 'Stop services and remove their files'
complete -c hob -n "__fish_hob_needs_command" -f -a "reload" -d 'Read the configuration again and apply it'
complete -c hob -n "__fish_hob_needs_command" -f -a "autostart" -d 'Start the tray icon at login, or not, or say which'
complete -c hob -n "__fish_hob_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c hob -n "__fish_hob_needs_command" -f -a "doctor" -d 'Check everything the daemon needs'
complete -c hob -n "__fish_hob_needs_command" -f -a "approval" -d 'Every operation on what waits for a decision'
complete -c hob -n "__fish_hob_needs_command" -f -a "audit" -d 'The record of what was asked, decided and done'
complete -c hob -n "__fish_hob_needs_command" -f -a "client" -d 'Those who ask under a name of their own'
complete -c hob -n "__fish_hob_needs_command" -f -a "config" -d 'The configuration'
complete -c hob -n "__fish_hob_needs_command" -f -a "daemon" -d 'The daemon\'s life'
complete -c hob -n "__fish_hob_needs_command" -f -a "exec" -d 'Every operation that runs a command'
complete -c hob -n "__fish_hob_needs_command" -f -a "grant" -d 'What people have allowed beforehand'
complete -c hob -n "__fish_hob_needs_command" -f -a "grants" -d 'What people have allowed beforehand'
complete -c hob -n "__fish_hob_needs_command" -f -a "job" -d 'Every operation on jobs and their runs'
complete -c hob -n "__fish_hob_needs_command" -f -a "policy" -d 'What may run without a question, and what never'
complete -c hob -n "__fish_hob_needs_command" -f -a "project" -d 'Every operation on projects'
complete -c hob -n "__fish_hob_needs_command" -f -a "request" -d 'Every operation on requests'
complete -c hob -n "__fish_hob_needs_command" -f -a "service" -d 'Every operation on services'
complete -c hob -n "__fish_hob_needs_command" -f -a "system" -d 'Every operation on the daemon itself'
complete -c hob -n "__fish_hob_using_subcommand ls" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand ls" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand ls" -s w -l watch -d 'Stay, and show each change'
complete -c hob -n "__fish_hob_using_subcommand ls" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand show" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand show" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand show" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand top" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand top" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand top" -l once -d 'Print the table once, after a second'
complete -c hob -n "__fish_hob_using_subcommand top" -l ports -d 'Show also on which ports services listen'
complete -c hob -n "__fish_hob_using_subcommand top" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand logs" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand logs" -s n -l lines -d 'The last N lines; 100, or 10 before following, or all --since then' -r
complete -c hob -n "__fish_hob_using_subcommand logs" -l since -d 'Only since then: 10m, "2h ago", yesterday, 14:05, 2026-11-21' -r
complete -c hob -n "__fish_hob_using_subcommand logs" -l until -d 'Only until then' -r
complete -c hob -n "__fish_hob_using_subcommand logs" -l run -d 'Only the run of this number; 0 is the latest, -1 the one before it' -r
complete -c hob -n "__fish_hob_using_subcommand logs" -l stream -d 'Only this stream' -r -f -a "stdout\t''
stderr\t''
event\t''"
complete -c hob -n "__fish_hob_using_subcommand logs" -s l -l level -d 'Only lines as serious as this or more, by what their text says' -r -f -a "trace\t''
debug\t''
info\t''
warn\t''
error\t''
fatal\t''"
complete -c hob -n "__fish_hob_using_subcommand logs" -s g -l grep -d 'Only lines that match' -r
complete -c hob -n "__fish_hob_using_subcommand logs" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand logs" -s f -l follow -d 'Go on with what is written from now on'
complete -c hob -n "__fish_hob_using_subcommand logs" -s i -l ignore-case -d 'REGEX matches capitals and small letters alike'
complete -c hob -n "__fish_hob_using_subcommand logs" -s v -l invert -d 'Only lines that do not match'
complete -c hob -n "__fish_hob_using_subcommand logs" -l utc -d 'Show times in UTC rather than in your zone'
complete -c hob -n "__fish_hob_using_subcommand logs" -l raw -d 'Only the text, with whatever control sequences it has'
complete -c hob -n "__fish_hob_using_subcommand logs" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand status" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand status" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand status" -l paths -d 'Show every path that is used, and what decided it'
complete -c hob -n "__fish_hob_using_subcommand status" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand wait" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand wait" -l for -d 'What to wait for; runs are waited for until they are over' -r -f -a "ready\t''
running\t''
stopped\t''"
complete -c hob -n "__fish_hob_using_subcommand wait" -l timeout -d 'Give up after so long, such as 30s; without it, never' -r
complete -c hob -n "__fish_hob_using_subcommand wait" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand wait" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand start" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand start" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand start" -l all -d 'All services'
complete -c hob -n "__fish_hob_using_subcommand start" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand stop" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand stop" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand stop" -l all -d 'All services'
complete -c hob -n "__fish_hob_using_subcommand stop" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand restart" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand restart" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand restart" -l all -d 'All services'
complete -c hob -n "__fish_hob_using_subcommand restart" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand up" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand up" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand up" -s y -l yes -d 'Approve what is shown without being asked'
complete -c hob -n "__fish_hob_using_subcommand up" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand down" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand down" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand down" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand pause" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand pause" -l until -d 'Until this moment (RFC 3339)' -r
complete -c hob -n "__fish_hob_using_subcommand pause" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand pause" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand resume" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand resume" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand resume" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand signal" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand signal" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand signal" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand queue" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand queue" -l after -d 'Only after these runs have succeeded' -r
complete -c hob -n "__fish_hob_using_subcommand queue" -s q -l queue -d 'Into which queue; without a command, only what is in it' -r
complete -c hob -n "__fish_hob_using_subcommand queue" -s p -l priority -d 'A higher one goes first, -1000 to 1000' -r
complete -c hob -n "__fish_hob_using_subcommand queue" -l working-dir -d 'Where to run it; here if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand queue" -s e -l env -d 'A variable for its environment, with the value that it has here if none is given; may be given several times' -r
complete -c hob -n "__fish_hob_using_subcommand queue" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand queue" -s f -l follow -d 'Show what it writes until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand queue" -l wait -d 'Wait until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand queue" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand run" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand run" -l file -d 'A file that it is to find as it is now; absolute. It is not run if one of these has changed' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l wall -d 'How long it may run. Default: 10m' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l memory -d 'How much memory it may use with all that it starts. Default: as much as there is' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l pids -d 'How many processes it may have at a time. Default: as many as can be' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l keep -d 'How much of each of its outputs is kept; all of it is delivered while it runs. Default: 1M' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l cwd -d 'Where to run it; here if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l reason -d 'What it is for, in at most 500 characters; whoever decides is told that nobody verified it' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l key -d 'A name for this one wish: asking again with it is the same request' -r
complete -c hob -n "__fish_hob_using_subcommand run" -s e -l env -d 'A variable for its environment, with the value that it has here if none is given; may be given several times' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l token-fd -d 'Read the client\'s token from this open descriptor; HOB_TOKEN_FILE names a file with it' -r
complete -c hob -n "__fish_hob_using_subcommand run" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand run" -l detach -d 'Print the id of the request and let it go on without this program'
complete -c hob -n "__fish_hob_using_subcommand run" -l wait -d 'Wait for the decision even if there is no terminal'
complete -c hob -n "__fish_hob_using_subcommand run" -l stdin -d 'Give it what is on standard input here, to its end; it is part of what is approved'
complete -c hob -n "__fish_hob_using_subcommand run" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand approvals" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand approvals" -l client -d 'Only those of this client' -r
complete -c hob -n "__fish_hob_using_subcommand approvals" -s n -l limit -d 'How many. Default: 1000' -r
complete -c hob -n "__fish_hob_using_subcommand approvals" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand approvals" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand approve" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand approve" -l for -d 'For how long the yes holds; session is while the program that asked is connected. Default: once' -r
complete -c hob -n "__fish_hob_using_subcommand approve" -l suggestion -d 'To which of the suggestions that are shown. Default: to exactly this command' -r
complete -c hob -n "__fish_hob_using_subcommand approve" -l uses -d 'How often it may be used besides' -r
complete -c hob -n "__fish_hob_using_subcommand approve" -l reviewed -d 'Approve without a question what was reviewed elsewhere, by its whole digest: sha256:...' -r
complete -c hob -n "__fish_hob_using_subcommand approve" -l note -d 'What is recorded with the decision' -r
complete -c hob -n "__fish_hob_using_subcommand approve" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand approve" -l all -d 'Show everything, however long it is'
complete -c hob -n "__fish_hob_using_subcommand approve" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand deny" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand deny" -l note -d 'What whoever asked is told, word for word' -r
complete -c hob -n "__fish_hob_using_subcommand deny" -l client -d 'Everything that this client waits for' -r
complete -c hob -n "__fish_hob_using_subcommand deny" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand deny" -l all -d 'Everything that waits'
complete -c hob -n "__fish_hob_using_subcommand deny" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand add" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand add" -l restart -d 'When to start it again' -r -f -a "always\t'However it ended'
on-failure\t'If it did not end with one of its `success_codes`'
never\t'Never'"
complete -c hob -n "__fish_hob_using_subcommand add" -l requires -d 'Services it requires, and comes after' -r
complete -c hob -n "__fish_hob_using_subcommand add" -l working-dir -d 'Where to run it; here if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand add" -l env -d 'A variable for its environment; may be given several times' -r
complete -c hob -n "__fish_hob_using_subcommand add" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand add" -l no-autostart -d 'Start it only when asked to'
complete -c hob -n "__fish_hob_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand remove" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand remove" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand remove" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand reload" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand reload" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand reload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand autostart" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand autostart" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand autostart" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand completions" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand completions" -l names -r -f -a "services\t''
jobs\t''"
complete -c hob -n "__fish_hob_using_subcommand completions" -l man -r -F
complete -c hob -n "__fish_hob_using_subcommand completions" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand completions" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand doctor" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand doctor" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand approval; and not __fish_seen_subcommand_from list show decide deny-all" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand approval; and not __fish_seen_subcommand_from list show decide deny-all" -f -a "list" -d 'List what waits for a decision, the longest first'
complete -c hob -n "__fish_hob_using_subcommand approval; and not __fish_seen_subcommand_from list show decide deny-all" -f -a "show" -d 'Show everything about a request that waits: what it would run, who asks, what the policy says'
complete -c hob -n "__fish_hob_using_subcommand approval; and not __fish_seen_subcommand_from list show decide deny-all" -f -a "decide" -d 'Decide a request: yes, once or for a while, or no'
complete -c hob -n "__fish_hob_using_subcommand approval; and not __fish_seen_subcommand_from list show decide deny-all" -f -a "deny-all" -d 'Say no to everything that waits, or to everything that one client waits for'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from list" -l client -d 'Only those of this client' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from list" -s n -l limit -d 'How many. Default: 1000' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from show" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l digest -d 'The digest of the plan that was reviewed: sha256:...' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l scope -d 'For how long a yes holds: once, 15m, 1h, session, always, or until when' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l suggestion -d 'To which of the suggestions, by its number. Default: to exactly this command' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l uses -d 'How often it may be used, beside this time' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l note -d 'What whoever asked is told, in at most 500 characters' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from decide" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from deny-all" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from deny-all" -l client -d 'Only what this client asks for' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from deny-all" -l note -d 'What those who asked are told, in at most 500 characters' -r
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from deny-all" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand approval; and __fish_seen_subcommand_from deny-all" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -f -a "tail" -d 'Show the end of the record, and what is added to it'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -f -a "show" -d 'Show one entry of the record'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -f -a "search" -d 'Find entries of the record, the newest last'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -f -a "verify" -d 'Check the whole record, as hob-verify does'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -f -a "prove" -d 'Prove to others that an entry is in the record'
complete -c hob -n "__fish_hob_using_subcommand audit; and not __fish_seen_subcommand_from tail show search verify prove checkpoint" -f -a "checkpoint" -d 'Sign the head of the record now, to be kept elsewhere'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from tail" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from tail" -s n -l lines -d 'So many entries of what there is. Default: 20' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from tail" -l from -d 'All entries from this one on' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from tail" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Go on with what is added'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from show" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -l kind -d 'Their kind, such as exec.claimed' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -l request -d 'The request that they are about' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -l actor -d 'Who did it; a client\'s name stands for all of its enrolments, `claude~2` for the second' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -l before -d 'Only those before this one' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -s n -l limit -d 'So many at most, up to 1000. Default: 100' -r
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from verify" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from prove" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from prove" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from prove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand client; and not __fish_seen_subcommand_from add list mute revoke" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand client; and not __fish_seen_subcommand_from add list mute revoke" -f -a "add" -d 'Enrol a client, and print the token that proves it'
complete -c hob -n "__fish_hob_using_subcommand client; and not __fish_seen_subcommand_from add list mute revoke" -f -a "list" -d 'List the clients that are enrolled'
complete -c hob -n "__fish_hob_using_subcommand client; and not __fish_seen_subcommand_from add list mute revoke" -f -a "mute" -d 'Ask nobody for a client for a while: what would have to be asked is refused'
complete -c hob -n "__fish_hob_using_subcommand client; and not __fish_seen_subcommand_from add list mute revoke" -f -a "revoke" -d 'Take a client\'s token back'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from add" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from add" -l access -d 'What it may do: observe (look), request (and ask for commands) or operate (and start and stop what runs)' -r
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from add" -l token-fd -d 'Write the token to this open descriptor instead of standard output' -r
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from add" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from mute" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from mute" -l for -d 'For so long, such as `15m`. Default: 1h' -r
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from mute" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from mute" -l off -d 'Not any more'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from mute" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from revoke" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from revoke" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand client; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand config; and not __fish_seen_subcommand_from path check show schema" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand config; and not __fish_seen_subcommand_from path check show schema" -f -a "path" -d 'Print where the configuration is'
complete -c hob -n "__fish_hob_using_subcommand config; and not __fish_seen_subcommand_from path check show schema" -f -a "check" -d 'Check the configuration, without a daemon'
complete -c hob -n "__fish_hob_using_subcommand config; and not __fish_seen_subcommand_from path check show schema" -f -a "show" -d 'Show every setting that is written down, and where'
complete -c hob -n "__fish_hob_using_subcommand config; and not __fish_seen_subcommand_from path check show schema" -f -a "schema" -d 'Print the JSON Schema of the configuration'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from path" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from check" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from show" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from schema" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from schema" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -f -a "start" -d 'Start the daemon in the background'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -f -a "stop" -d 'Stop all services, then the daemon'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -f -a "restart" -d 'Start the daemon anew; services run on'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -f -a "status" -d 'Say whether the daemon runs'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -f -a "run" -d 'Be the daemon, in the foreground'
complete -c hob -n "__fish_hob_using_subcommand daemon; and not __fish_seen_subcommand_from start stop restart status run version" -f -a "version" -d 'Print the versions of this program and of the daemon'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from start" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from start" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l leave-services -d 'Let the services run on, for the next daemon to take over'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from status" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from status" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from run" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from run" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from version" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from version" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand daemon; and __fish_seen_subcommand_from version" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand exec; and not __fish_seen_subcommand_from run follow" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand exec; and not __fish_seen_subcommand_from run follow" -f -a "run" -d 'Ask for a command to be run once: by policy or by a person\'s yes, exactly as it is shown to them'
complete -c hob -n "__fish_hob_using_subcommand exec; and not __fish_seen_subcommand_from run follow" -f -a "follow" -d 'Ask for a command as `exec.run` does, and follow it: states, output, and in the end the answer'
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l cwd -d 'Where to run it; absolute. Default: the home directory of the daemon\'s user' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l file -d 'A file that it is to find as it is now; absolute. It is not run if one of these has changed' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l wall -d 'How long it may run. Default: 10m' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l memory -d 'How much memory it may use with all that it starts. Default: as much as there is' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l pids -d 'How many processes it may have at a time. Default: as many as can be' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l keep -d 'How much of each of its outputs is kept; all of it is delivered while it runs. Default: 1M' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l reason -d 'What it is for, in at most 500 characters; whoever decides is told that nobody has verified it' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l key -d 'A name for this one wish: asking again with it is the same request, also after a restart of the daemon' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l wait -d 'Wait no longer than this, such as `5m` or `0s`; what was asked for goes on' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -l detach -d 'Do not wait for anything, and let it go on without me'
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l cwd -d 'Where to run it; absolute. Default: the home directory of the daemon\'s user' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l file -d 'A file that it is to find as it is now; absolute. It is not run if one of these has changed' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l wall -d 'How long it may run. Default: 10m' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l memory -d 'How much memory it may use with all that it starts. Default: as much as there is' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l pids -d 'How many processes it may have at a time. Default: as many as can be' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l keep -d 'How much of each of its outputs is kept; all of it is delivered while it runs. Default: 1M' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l reason -d 'What it is for, as for `exec.run`' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l key -d 'A name for this one wish, as for `exec.run`' -r
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -l detach -d 'Let it go on without me'
complete -c hob -n "__fish_hob_using_subcommand exec; and __fish_seen_subcommand_from follow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand grant; and not __fish_seen_subcommand_from list revoke" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand grant; and not __fish_seen_subcommand_from list revoke" -f -a "list" -d 'List the grants that hold: what clients may run without asking again'
complete -c hob -n "__fish_hob_using_subcommand grant; and not __fish_seen_subcommand_from list revoke" -f -a "revoke" -d 'Take grants back: one, all of a client, or all'
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from list" -l client -d 'Only those of this client' -r
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from revoke" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from revoke" -l client -d 'All that this client has' -r
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from revoke" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from revoke" -l all -d 'All there are'
complete -c hob -n "__fish_hob_using_subcommand grant; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand grants; and not __fish_seen_subcommand_from ls revoke" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand grants; and not __fish_seen_subcommand_from ls revoke" -f -a "ls" -d 'List the grants that hold: what clients may run without asking again'
complete -c hob -n "__fish_hob_using_subcommand grants; and not __fish_seen_subcommand_from ls revoke" -f -a "revoke" -d 'Take grants back: one, all of a client, or all'
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from ls" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from ls" -l client -d 'Only those of this client' -r
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from revoke" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from revoke" -l client -d 'All that this client has' -r
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from revoke" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from revoke" -l all -d 'All there are'
complete -c hob -n "__fish_hob_using_subcommand grants; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "ls" -d 'List all jobs and queues'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "show" -d 'Show everything about a job, or about a run'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "run" -d 'Run a job now'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "again" -d 'Run again what has run, with the same inputs'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "cancel" -d 'End runs, or take them out of those that wait'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "logs" -d 'Read what a run wrote, or follow it'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "follow" -d 'Show what a run writes until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "list" -d 'List all jobs and queues'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "get" -d 'Show a job: how it is, how it is configured, what has run'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "next" -d 'Show what is due next'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "preview" -d 'Say when a schedule would be due, without adding it'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "enqueue" -d 'Put a command into a queue; it runs in its turn, whether or not anybody waits'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "wait" -d 'Wait until a run is over'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "runs" -d 'List runs, the newest first'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "pause" -d 'Begin nothing of a job or a queue, for a while or until `resume`; what runs goes on'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "resume" -d 'End the pause of a job or a queue'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "add" -d 'Add a job'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "remove" -d 'Remove a job with the file that it was added with; what it runs goes on, what waits is cancelled'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "config" -d 'Read the file in which a job is configured'
complete -c hob -n "__fish_hob_using_subcommand job; and not __fish_seen_subcommand_from ls show run again cancel logs follow list get next preview enqueue wait runs pause resume add remove config edit" -f -a "edit" -d 'Change the file of a job, add one, or take it out; comments stay'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from ls" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from show" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from run" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from run" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from run" -s f -l follow -d 'Show what it writes until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from run" -l wait -d 'Wait until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from again" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from again" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from again" -s f -l follow -d 'Show what it writes until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from again" -l wait -d 'Wait until it is over, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from again" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from cancel" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from cancel" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -s n -l lines -d 'So many of the newest lines, at most 100000' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -l attempt -d 'Only of this attempt' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -l grep -d 'Only lines that this regular expression matches' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on until it is over, from its first line, and exit with its status'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -l utc -d 'Show times in UTC rather than in your zone'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -l raw -d 'Only the text, standard error on standard error'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from follow" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from follow" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from follow" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from get" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from get" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from next" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from next" -s n -l count -d 'So many due times of each, at most 100' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from next" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from next" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -l cron -d 'When the clock matches, such as "0 2 * * *"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -l every -d 'Again and again, such as "15m"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -l at -d 'Once, such as "2026-12-01T09:00"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -l zone -d 'The zone of --cron and --at, such as "Europe/Madrid"; the system\'s if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -s n -l count -d 'So many due times, at most 100' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from preview" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -l queue -d 'Into which queue' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -l priority -d 'A higher one goes first, -1000 to 1000' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -l after -d 'Only after these runs have succeeded' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -l working-dir -d 'Where to run it; absolute' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from enqueue" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from wait" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from wait" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -l state -d 'Only those that stand so' -r -f -a "queued\t'It waits for a slot, a time, or other runs'
running\t'It is under way'
succeeded\t'It ended with one of its job\'s success codes'
failed\t'It did not, and is not tried again'
timed-out\t'It took too long, was ended, and is not tried again'
cancelled\t'Somebody did not want it any more'
skipped\t'It was due while another was under way, and its job runs one at a time'
missed\t'It was due while nobody could start it'
lost\t'It was under way when its daemon died, and how it ended is not known'"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -l queue -d 'Only of this queue' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -l before -d 'Only those before this number' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -s n -l limit -d 'So many, at most 10000' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from runs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from pause" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from pause" -l queue -d 'Which queue' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from pause" -l for -d 'For so long, such as `15m`' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from pause" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from resume" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from resume" -l queue -d 'Which queue' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from resume" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l cron -d 'When the clock matches, such as "0 2 * * *"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l every -d 'Again and again, such as "15m"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l at -d 'Once, such as "2026-12-01T09:00"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l watch -d 'When one of these files changes, such as "src/**/*.rs"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l zone -d 'The zone of --cron and --at, such as "Europe/Madrid"; the system\'s if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l overlap -d 'What becomes of a run that is due while another is under way: skip, queue, replace or "parallel(4)"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l missed -d 'What becomes of times that were missed while nothing could run: skip, once or "all(10)"' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l grace -d 'How late such a run may be' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l queue -d 'The queue whose slots it shares' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l timeout -d 'How long a run may take' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l retries -d 'How many more attempts a run has that fails' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l working-dir -d 'Where to run it; the home directory if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from remove" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from config" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from config" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l set -d 'What to say, such as working_dir=~/shop or env.PORT=8000' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l unset -d 'What to take out, such as working_dir or env.PORT' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l digest -d 'Only if the file still has this digest, as `config` told it' -r
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l add -d 'It is a new one, in a file of its own'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l remove -d 'Take it out of its file'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -l dry-run -d 'Only say what would change, and what would be wrong'
complete -c hob -n "__fish_hob_using_subcommand job; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "check" -d 'Check a policy without bringing it into force'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "test" -d 'Say what the policy would decide about a command, and why'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "why" -d 'Say why a request was allowed, asked about or denied'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "show" -d 'Show the policy in force: its rules in the order of their layers, and what is wrong with its files'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "reload" -d 'Read the policy\'s files again'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "add" -d 'Add a rule to your policy'
complete -c hob -n "__fish_hob_using_subcommand policy; and not __fish_seen_subcommand_from check test why show reload add remove" -f -a "remove" -d 'Remove a rule from your policy'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from check" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from check" -l layer -d 'Whose it would be' -r -f -a "builtin\t'It is built in'
admin\t'`/etc/hob/policy.toml`, which only root can write'
user\t'`policy.toml` beside the user\'s configuration'
project\t'`.hob/policy.toml` of a project that is taken up'"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -l client -d 'Which client would ask' -r
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -l env -d 'Variables that it would ask for, NAME=value' -r
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -l class -d 'What kind of request it would be' -r -f -a "run\t'To run a command as the daemon\'s user'
root\t'To run a command as root'
secret\t'To be given a secret'
service\t'To change a service'"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -l cwd -d 'Where it would be run; here if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from why" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from why" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from show" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from reload" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from reload" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from add" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from add" -l reason -d 'Why, for whoever is told of a decision' -r
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from add" -l client -d 'Only for these clients' -r
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from add" -l cwd -d 'Only in these directories' -r
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from add" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from remove" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand policy; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand project; and not __fish_seen_subcommand_from list review up down" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand project; and not __fish_seen_subcommand_from list review up down" -f -a "list" -d 'List all projects, and whether their files are still what was approved'
complete -c hob -n "__fish_hob_using_subcommand project; and not __fish_seen_subcommand_from list review up down" -f -a "review" -d 'Show what a project\'s files would run, and how that differs from what was approved'
complete -c hob -n "__fish_hob_using_subcommand project; and not __fish_seen_subcommand_from list review up down" -f -a "up" -d 'Approve a project\'s files, if they are those that were reviewed, and start what starts by itself'
complete -c hob -n "__fish_hob_using_subcommand project; and not __fish_seen_subcommand_from list review up down" -f -a "down" -d 'End the runs of a project\'s jobs, stop its services in order, and forget its approval'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from review" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from review" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from review" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from up" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from up" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from down" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from down" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand project; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand request; and not __fish_seen_subcommand_from get wait cancel list follow" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand request; and not __fish_seen_subcommand_from get wait cancel list follow" -f -a "get" -d 'Show a request: what it is, who decided it, and how it went'
complete -c hob -n "__fish_hob_using_subcommand request; and not __fish_seen_subcommand_from get wait cancel list follow" -f -a "wait" -d 'Wait until a request is over, and answer as `exec.run` does'
complete -c hob -n "__fish_hob_using_subcommand request; and not __fish_seen_subcommand_from get wait cancel list follow" -f -a "cancel" -d 'Cancel a request that waits, or end the command that runs'
complete -c hob -n "__fish_hob_using_subcommand request; and not __fish_seen_subcommand_from get wait cancel list follow" -f -a "list" -d 'List requests, the newest first'
complete -c hob -n "__fish_hob_using_subcommand request; and not __fish_seen_subcommand_from get wait cancel list follow" -f -a "follow" -d 'Follow a request: its states, what its command writes, and in the end the answer'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from get" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from get" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from wait" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from wait" -l for -d 'Wait no longer than this, such as `5m`' -r
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from wait" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from cancel" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from cancel" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from list" -l state -d 'Only those in this state, such as `pending` or `denied_user`' -r
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from list" -s n -l limit -d 'How many. Default: 50' -r
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from follow" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from follow" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand request; and __fish_seen_subcommand_from follow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "list" -d 'List all services and how they are'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "get" -d 'Show all that is known of a service'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "start" -d 'Start a service and those it requires; answers when it is ready'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "stop" -d 'Stop a service and those that require it; answers when nothing of it is left'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "restart" -d 'Stop a service and start it again; answers when it is ready'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "signal" -d 'Send a signal to all processes of a service\'s group'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "add" -d 'Add a service and start it'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "remove" -d 'Stop a service and remove the file that it was added with'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "config" -d 'Read the file in which a service is configured'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "edit" -d 'Change the file of a service, add one, or take it out; comments stay'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "logs" -d 'Read what services wrote, and what happened to them'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "follow" -d 'Follow what services write and what happens to them'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "stats" -d 'Watch what services use: CPU, memory, processes'
complete -c hob -n "__fish_hob_using_subcommand service; and not __fish_seen_subcommand_from list get start stop restart signal add remove config edit logs follow stats history" -f -a "history" -d 'Read what a service used within the last 24 hours, the older the coarser'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from list" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from get" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from get" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from start" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from start" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stop" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stop" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from restart" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from restart" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from signal" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from signal" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from signal" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -l working-dir -d 'Where to run it; the home directory if this is not said' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -l restart -d 'When to start it again' -r -f -a "always\t'However it ended'
on-failure\t'If it did not end with one of its `success_codes`'
never\t'Never'"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -l requires -d 'Services it requires, and comes after' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -l no-autostart -d 'Start it only when asked to'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from remove" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from config" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from config" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l set -d 'What to say, such as working_dir=~/shop or env.PORT=8000' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l unset -d 'What to take out, such as working_dir or env.PORT' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l digest -d 'Only if the file still has this digest, as `config` told it' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l add -d 'It is a new one, in a file of its own'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l remove -d 'Take it out of its file'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -l dry-run -d 'Only say what would change, and what would be wrong'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -s n -l lines -d 'So many of the newest lines, at most 100000' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l since -d 'Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l until -d 'Only until then, written as for since' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l run -d 'Only of the run of this number; 0 is the latest of each service, -1 the one before it' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l stream -d 'Only from here' -r -f -a "stdout\t'The service\'s standard output'
stderr\t'The service\'s standard error'
event\t'The daemon, about the service'"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l level -d 'Only lines as serious as this, or more, as far as their text says; what does not say is info' -r -f -a "trace\t'Every step'
debug\t'For those who look for a fault'
info\t'What happens as it should; also lines that do not say'
warn\t'Something is odd'
error\t'Something failed'
fatal\t'The service cannot go on'"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l grep -d 'Only lines that this regular expression matches' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l ignore-case -d 'The expression matches capitals and small letters alike'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -l invert -d 'Only lines that the expression does not match'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -s n -l lines -d 'Begin with so many of the newest lines; without a number 10, or all since then if a moment is given' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l since -d 'Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l until -d 'Only until then, written as for since; this ends with what there is now' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l stream -d 'Only from here' -r -f -a "stdout\t'The service\'s standard output'
stderr\t'The service\'s standard error'
event\t'The daemon, about the service'"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l level -d 'Only lines as serious as this, or more, as far as their text says; what does not say is info' -r -f -a "trace\t'Every step'
debug\t'For those who look for a fault'
info\t'What happens as it should; also lines that do not say'
warn\t'Something is odd'
error\t'Something failed'
fatal\t'The service cannot go on'"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l grep -d 'Only lines that this regular expression matches' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l ignore-case -d 'The expression matches capitals and small letters alike'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l invert -d 'Only lines that the expression does not match'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -l ends -d 'End with what there is now, rather than go on'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from follow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stats" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stats" -l every -d 'How far items are apart, at least "1s"' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stats" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stats" -l ports -d 'Say also on which ports services listen, which takes longer'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from history" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from history" -l since -d 'Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")' -r
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from history" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand service; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "ping" -d 'Answer at once'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "status" -d 'Show how the daemon is'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "reload" -d 'Read the configuration again and apply it'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "pause" -d 'Begin no job and start nothing that crashes again, for a while or until `resume`'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "resume" -d 'End the pause: start again what crashed in it, begin what waits'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "shutdown" -d 'Stop all services, then the daemon'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "replace" -d 'Execute the daemon\'s program anew, in the same process and without its services noticing'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "doctor" -d 'Check everything the daemon needs, and say what to do about what is missing'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "ops" -d 'List all operations of this daemon'
complete -c hob -n "__fish_hob_using_subcommand system; and not __fish_seen_subcommand_from ping status reload pause resume shutdown replace doctor ops watch" -f -a "watch" -d 'Watch current values: all of them first, then each change'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from ping" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from ping" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from ping" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from status" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from status" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from reload" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from reload" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from pause" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from pause" -l until -d 'Until this moment (RFC 3339)' -r
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from pause" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from resume" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from resume" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from shutdown" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from shutdown" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from shutdown" -l leave-services -d 'Let the services run on; the next daemon takes them over. One that writes 64 KiB while none runs waits for it'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from shutdown" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from replace" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from replace" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from replace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from doctor" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from doctor" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from doctor" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from ops" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from ops" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from ops" -s h -l help -d 'Print help'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from watch" -l home -d 'Use the daemon whose files are all below DIR' -r -f -a "(__fish_complete_directories)"
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from watch" -l json -d 'Print JSON, errors too'
complete -c hob -n "__fish_hob_using_subcommand system; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help'
