# aws-use for fish 3.4 and newer: short-lived AWS credentials in this shell.
#
# Defines  aws-use, aws-token and private names _aws_use_*; for tide _tide_item_aws_use; while a profile is active, guards
#          named like the commands of AWS_USE_GUARD.
# Reads    AWS_USE_CACHE_DIR, AWS_USE_COMPAT, AWS_USE_DANGER, AWS_USE_GUARD, AWS_USE_MARGIN, AWS_USE_PROMPT_FORMAT.
# Keeps    AWS_USE_PROMPT, AWS_USE_STATE, AWS_USE_KEY_ID and AWS_USE_ADDED, exported, while a profile is active.
#
# Loading prints nothing and starts no process. aws-use.zsh and aws-use.bash have the same parts in the same order.
#
# What costs time in fish is command substitution, so values are returned in variables of the caller
# (--no-scope-shadowing) or by the named groups of `string match --regex`.

set -g _aws_use_version 0.1.0
set -g _aws_use_file (builtin realpath (status filename))
set -g _aws_use_told

# The commands that have a guard unless AWS_USE_GUARD names others.
set -g _aws_use_usual 'aws terraform tofu terragrunt cdk sam pulumi kubectl helm eksctl packer ansible-playbook'

# The closed list of variables that aws-use may set or unset; anything else from the core is refused.
set -g _aws_use_keys \
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_REGION AWS_DEFAULT_REGION \
    AWS_USE_PROFILE AWS_USE_IDENTITY AWS_USE_EXPIRES_AT AWS_VAULT \
    AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SECURITY_TOKEN AWS_ACCOUNT_ID

# What an activation says to the shells that inherit it: whose access key it is, and that it has additions to the profile.
set -g _aws_use_marks AWS_USE_KEY_ID AWS_USE_ADDED

set -g _aws_use_line '^(?:AWS_USE_EXPIRES_AT(?:=[0-9]{1,12})?|(?!AWS_USE_EXPIRES_AT=)(?:'(string join '|' $_aws_use_keys)')(?:=\P{Cc}*)?)\z'

# First words that are never a profile.
set -g _aws_use_verbs use off env status list clear token init renew prompt mfa doctor keys exec credentials serve save \
    console setup sso certificates guardrails help version

# `path` (with mtime, a clock) and `test -nt` came with fish 3.6. An older one would not even read a file that names a builtin
# which it lacks, so the name stands in a variable; in a local one, because a newer fish looks into those that it knows.
set -g _aws_use_old 0
string match -qr '^3\.[0-5]\.' -- $version; and set -g _aws_use_old 1

# Loading again must not forget what a former load has activated. What is exported came with the environment.
if not set -qg _aws_use_active; or set -qgx _aws_use_active
    set -gu _aws_use_active 0 # 1: this shell has activated a profile, rather than inherited one
    set -gu _aws_use_before # wire lines of the global variables that the first activation replaced
    set -gu _aws_use_plain # the keys among them that were not exported
    set -gu _aws_use_person # wire lines of what programs saw before it, universal variables included
    set -gu _aws_use_words # the words after "use" that made what is active
    set -gu _aws_use_folder # the folder they were typed in
    set -gu _aws_use_guarded # commands that have a guard
    set -gu _aws_use_guard_list # the value of AWS_USE_GUARD they were made from
    set -gu _aws_use_guard_path # the PATH on which the commands were looked for
    set -gu _aws_use_unmet # the profile and margin that could not be met
    set -gu _aws_use_why # why the last renewal for a guard failed
    set -gu _aws_use_unasked # 1: because nobody could be asked for a code
    set -gu _aws_use_failed_at 0
    set -gu _aws_use_unmet_at 0
end
# What the prompt is brought up to date with while nothing but the minutes left change.
set -g _aws_use_prompt_clock / # the folder whose age in seconds is the clock
set -g _aws_use_prompt_from 0 # the age at which the prompt was made: a folder that is touched is younger
set -g _aws_use_prompt_until # the age up to which it holds; nothing where it must be made anew
set -g _aws_use_prompt_end 0 # the age at which the credentials end
set -g _aws_use_prompt_least 0 # the seconds left down to which nothing else changes
set -g _aws_use_prompt_head # what stands before the time left
set -g _aws_use_prompt_tail # and behind it

## What runs at each prompt. Fish counts the lines of a file up to where it calls something, so it stands before all else.

if status is-interactive
    function _aws_use_prompt --on-event fish_prompt
        if set -q _aws_use_prompt_until[1]
            set -l _aws_use_path path
            set -l age (builtin $_aws_use_path mtime -R $_aws_use_prompt_clock)
            test $age -le $_aws_use_prompt_until -a $age -ge $_aws_use_prompt_from; and return
            if test $age -ge $_aws_use_prompt_from
                # Where nothing but the minutes left can have changed: the seconds left, these minutes, and until when they hold.
                set -l left "$_aws_use_prompt_end - $age"
                set -l holds "min(($left - 1) % 60, $left - $_aws_use_prompt_least)"
                set left (builtin math "$left"; builtin math "floor(($left - 1) / 60)"; builtin math "$age + $holds")
                if test $left[1] -ge $_aws_use_prompt_least -a $left[2] -ge 1 -a $left[2] -le 59
                    set -gx AWS_USE_PROMPT "$_aws_use_prompt_head$left[2]"m"$_aws_use_prompt_tail"
                    set -g _aws_use_prompt_from $age
                    set -g _aws_use_prompt_until $left[3]
                    return
                end
            end
        else if test -z "$AWS_USE_PROFILE$AWS_USE_PROMPT$_aws_use_guard_list"
            return
        end
        _aws_use_refresh
    end

    # All that the prompt is made from, but for the time: to compare it at each prompt would cost as much as to read the clock.
    function _aws_use_outdate --on-variable AWS_USE_PROFILE --on-variable AWS_USE_EXPIRES_AT --on-variable AWS_USE_IDENTITY \
        --on-variable AWS_REGION --on-variable AWS_DEFAULT_REGION --on-variable AWS_USE_MARGIN --on-variable AWS_USE_DANGER \
        --on-variable AWS_USE_PROMPT_FORMAT --on-variable AWS_USE_GUARD --on-variable PATH --on-variable AWS_USE_STATE
        set -g _aws_use_prompt_until
    end
end

## apply: wire lines → environment

# Where secrets pass, `set -l fish_trace` comes first, because a traced shell prints arguments.

# The two lines of every error: what failed, and the way out.
function _aws_use_error
    builtin echo "aws-use: error: $argv[1]" >&2
    builtin echo "aws-use: hint: $argv[2]" >&2
end

# What fails on the way to the core: for a guard it is why the renewal failed, as the core would tell it.
function _aws_use_fail
    if set -q _aws_use_guarding
        set -g _aws_use_failure $argv[1] $argv
    else
        _aws_use_error $argv
    end
end

# True if every argument is a line of the wire.
function _aws_use_check
    set -l fish_trace
    not string match -qvr -- $_aws_use_line $argv
end

# Sets and exports each KEY=VALUE, unsets each KEY.
function _aws_use_assign
    set -l fish_trace
    set -l key
    set -l value
    for line in $argv
        if string match -qr -- '(?s)^(?<key>[^=]+)=(?<value>.*)$' $line
            set -gx $key "$value"
        else
            set -eg $line
            set -qUx $line; and _aws_use_warn_universal $line
        end
    end
    return 0
end

# Programs see a universal variable unless one session's own has a value, and an empty AWS_PROFILE is no profile to the AWS CLI.
function _aws_use_warn_universal
    builtin echo "aws-use: warning: programs still see $argv[1], a universal variable; erase it with: set -eU $argv[1]" >&2
end

# Puts the person's own variables back; erases those that this shell inherited, since whose they were is not known.
function _aws_use_restore
    set -l fish_trace
    set -eg $_aws_use_keys $_aws_use_marks
    _aws_use_assign $_aws_use_before
    for key in $_aws_use_plain
        set -gu $key $$key
    end
end

# Notes what the first activation replaces. Variables that another shell's activation left behind are nobody's own.
function _aws_use_remember
    set -l fish_trace
    set -g _aws_use_before
    set -g _aws_use_plain
    set -g _aws_use_person
    test -z "$AWS_USE_PROFILE"; or return 0
    for key in $_aws_use_keys
        set -qgx $key; or set -qUx $key; and set -ga _aws_use_person "$key=$$key"
        if set -qg $key
            set -ga _aws_use_before "$key=$$key"
            set -qgx $key; or set -ga _aws_use_plain $key
        end
    end
    return 0
end

# Notes the words of an activation and where they were typed, without those that only say that one follows. Sets `added` of
# the caller where they hold more than the profile's name.
function _aws_use_note_words --no-scope-shadowing
    set -g _aws_use_words $argv
    if test "$argv[1]" = use
        set -e _aws_use_words[1]
    else if builtin contains -- "$argv[1]" $_aws_use_verbs
        set -g _aws_use_words
    end
    set -g _aws_use_folder "$PWD"
    set added
    # Behind a lone double dash comes the profile, and a flag is an addition.
    switch "$_aws_use_words[1]"
        case --
            set -q _aws_use_words[3]; and set added 1
        case '-*'
            set added 1
        case '*'
            set -q _aws_use_words[2]; and set added 1
    end
    return 0
end

# Takes a checked message, `lines` of the caller, that answers the words $argv: undoes the former activation, then applies it. A
# renewal leaves the words alone, and regions, AWS_PROFILE and AWS_ACCOUNT_ID: the person may have chosen others since, and for
# a single command.
function _aws_use_activate --no-scope-shadowing
    set -l fish_trace
    set -l added $AWS_USE_ADDED
    # What Ctrl-C leaves half done must not be renewed without its additions.
    test $_aws_use_active = 1; or _aws_use_remember
    if test "$argv[1]" = renew
        set lines (string match -vr -- '^AWS_(?:(?:DEFAULT_)?(?:REGION|PROFILE)|ACCOUNT_ID)(?:=.*)?$' $lines)
        set -g _aws_use_active 1
        set -eg (string match -vr -- '^AWS_(?:(?:DEFAULT_)?(?:REGION|PROFILE)|ACCOUNT_ID)$' $_aws_use_keys) $_aws_use_marks
    else
        _aws_use_note_words $argv
        set -g _aws_use_active 1
        _aws_use_restore
    end
    _aws_use_assign $lines
    set -g _aws_use_failed_at 0
    if test -n "$AWS_USE_PROFILE"
        set -gx AWS_USE_KEY_ID "$AWS_ACCESS_KEY_ID"
        test -n "$added"; and set -gx AWS_USE_ADDED $added
    else
        set -g _aws_use_active 0
    end
    _aws_use_guards
    return 0
end

## command: aws-use, aws-token

function aws-use --description 'Short-lived AWS credentials in this shell'
    set -l fish_trace
    set -eg _aws_use_guarding # which Ctrl-C may have left
    switch "$argv[1]"
        case off
            _aws_use_off $argv[2..]
        case renew
            _aws_use_renew $argv[2..]
        case '*'
            set -q argv[1]; and not set -q argv[2]; and _aws_use_switch $argv[1]; or _aws_use_ask $argv
    end
end

function aws-token --description 'A token code from the YubiKey'
    aws-use token $argv
end

# Finds the core and sets `core` of the caller; as PATH would, but not in a folder that depends on where the person is.
function _aws_use_find --no-scope-shadowing
    # Only an installed plugin knows what lies two folders above it.
    for file in $PATH/aws-use (string replace -rf '/share/aws-use/aws-use\.fish$' /bin/aws-use -- $_aws_use_file) $HOME/.local/bin/aws-use
        set core $file
        string match -q '/*' -- $core; and test -f $core; and test -x $core; and return 0
    end
    set core (string replace -r '/[^/]*/[^/]*$' '' -- $_aws_use_file)/install.sh
    if test -f $core
        set core (string escape -- $core)
    else
        set core './install.sh, in a copy of the source of aws-use'
    end
    _aws_use_fail 'the program aws-use is not installed' "install it with: $core"
    return 69
end

# Runs the core, $argv[1], with the wire on descriptor 3; its status. The lines are left in the global _aws_use_answer.
# Renewal and the next profile must start from the person's own variables, which stand before ours here; `status` reports on
# the active ones. A variable that is not exported hides an exported one of that name from programs.
function _aws_use_core
    set -l fish_trace
    set -fu AWS_USE_ACTIVE
    set -fu AWS_USE_ACTIVE_EXPIRES_AT
    set -fu AWS_USE_ACTIVE_DIR
    set -fu AWS_USE_SUBSHELL
    set -q _aws_use_guarding; or set -fu AWS_USE_GUARDED
    # Who waits here, while the job is stopped, could not continue it.
    set -fu AWS_USE_SHELL_WAITS
    status is-interactive; and set -fx AWS_USE_SHELL_WAITS 1
    if test -n "$AWS_USE_PROFILE"
        set -fx AWS_USE_ACTIVE $AWS_USE_PROFILE
        set -fx AWS_USE_ACTIVE_EXPIRES_AT $AWS_USE_EXPIRES_AT
        # Where a policy file of the repeated words lies.
        test "$argv[2]" = renew; and test -n "$_aws_use_folder"; and set -fx AWS_USE_ACTIVE_DIR "$_aws_use_folder"
        if not builtin contains -- "$argv[2]" status doctor; or string match -qr -- '^--explain(?:=.*)?$' $argv
            for key in $_aws_use_keys $_aws_use_marks
                set -fu $key
            end
            for line in $_aws_use_person
                set -fx (string split -m 1 -- = $line)
            end
        end
    end
    # A person may set these without exporting them.
    set -q AWS_USE_CACHE_DIR; and set -fx AWS_USE_CACHE_DIR $AWS_USE_CACHE_DIR
    set -q AWS_USE_GUARD; and set -fx AWS_USE_GUARD "$AWS_USE_GUARD"
    set -q AWS_USE_COMPAT; and set -fx AWS_USE_COMPAT $AWS_USE_COMPAT
    set -q AWS_USE_MARGIN; and set -fx AWS_USE_MARGIN $AWS_USE_MARGIN
    set -q AWS_USE_NOTIFY; and set -fx AWS_USE_NOTIFY $AWS_USE_NOTIFY
    set -q AWS_USE_YKMAN; and set -fx AWS_USE_YKMAN $AWS_USE_YKMAN
    if test "$argv[2]" = doctor
        set -l seen
        set -l skipped
        _aws_use_look
        set -fx AWS_USE_PROMPT_SEEN $seen
        set -fx AWS_USE_GUARDS_SKIPPED "$skipped"
    end
    set -fx AWS_USE_FD 3
    set -fx AWS_USE_PLUGIN fish/$_aws_use_version
    set -fx AWS_USE_PLUGIN_FILE $_aws_use_file
    test -n "$_aws_use_told"; and set -fu AWS_USE_PLUGIN_FILE
    command $argv 3>| read --null --global --list --delimiter \n _aws_use_answer
    return $pipestatus[1]
end

# For `doctor`, sets of the caller: `seen`, whether the prompt shows our text (1 or 0; stale: its hook is gone), and `skipped`,
# the commands that are not guarded because a function of the person's own goes first.
function _aws_use_look --no-scope-shadowing
    set seen 0
    for name in fish_prompt fish_right_prompt fish_mode_prompt
        string match -q '*AWS_USE_PROMPT*' -- (builtin functions $name); and set seen 1
    end
    builtin contains -- aws_use $tide_left_prompt_items $tide_right_prompt_items; and set seen 1
    status is-interactive; and not builtin functions -q _aws_use_prompt; and set seen stale
    set -l list $_aws_use_usual
    set -q AWS_USE_GUARD; and set list "$AWS_USE_GUARD"
    for name in (string split -n ' ' -- (string replace -ar '\s' ' ' -- "$list") | string match -r -- '^[A-Za-z0-9_][A-Za-z0-9_.+-]*\z')
        builtin functions -q $name; and command -q $name; or continue
        string match -q '*_aws_use_guard*' -- (builtin functions $name); or set -a skipped $name
    end
end

# Runs the core and applies its answer; its status, or 70 for a message that is refused. stdin, stdout and stderr stay the
# person's. _aws_use_failure is what the core says to a guard instead of stderr, and _aws_use_unasked is set where it failed
# because nobody could be asked for a code.
function _aws_use_ask
    set -l fish_trace
    set -l core
    set -g _aws_use_failure
    _aws_use_find; or return
    _aws_use_core $core $argv
    set -l code $status
    set -l lines $_aws_use_answer
    set -e _aws_use_answer
    # The core has told that this plugin is of another version, which once is enough.
    if test "$lines[1]" = '# told'
        set -g _aws_use_told 1
        set -e lines[1]
    end
    if test $code != 0
        # A core that died once it had answered leaves the credentials here: without that first line it is no text to show.
        builtin contains -- "$lines[1]" '# failed' '# unasked'
        and set -g _aws_use_failure (string replace -ar '\p{Cc}' '' -- $lines[2..])
        test "$lines[1]" = '# unasked'; and set -g _aws_use_unasked 1
        return $code
    end
    while set -q lines[1]; and test -z "$lines[-1]"
        set -e lines[-1]
    end
    set -q lines[1]; or return 0
    if not _aws_use_check $lines
        _aws_use_fail 'the program aws-use sent a line that this plugin does not know; nothing was changed' \
            'open a new shell; if it stays so, install program and plugin again'
        return 70
    end
    set -g _aws_use_guard_path # what has been installed since the guards were made gets one
    _aws_use_activate $argv
end

# Renewal repeats the words of the activation, so that what they added (a region, a policy) is there again.
function _aws_use_renew
    set -l words
    if _aws_use_is_unknown; and not builtin contains -- -h $argv; and not builtin contains -- --help $argv
        set -l profile (string replace -ar '\p{Cc}' '' -- $AWS_USE_PROFILE)
        set -l word PROFILE
        _aws_use_is_plain "$AWS_USE_PROFILE"; and set word $AWS_USE_PROFILE
        _aws_use_error "$profile $_aws_use_unknown" "activate it here again: aws-use $word …"
        return 78
    end
    if test $_aws_use_active = 1
        set words -- $_aws_use_words
        set -q _aws_use_words[1]; or set -a words -- $AWS_USE_PROFILE
    end
    _aws_use_ask renew $argv $words
end

# True if what is active has additions that this shell did not hear. Without them a renewal would allow more than was asked for.
function _aws_use_is_unknown
    test $_aws_use_active = 0; and test -n "$AWS_USE_PROFILE"; and test -n "$AWS_USE_ADDED"
end

set -g _aws_use_unknown 'was activated with additions in another shell, which this one does not know'

function _aws_use_off
    if builtin contains -- "$argv[1]" -h --help
        builtin echo 'aws-use off: back to what this shell had before the first activation'
        return 0
    else if set -q argv[1]
        _aws_use_error 'off takes no arguments' 'type: aws-use off'
        return 64
    end
    set -l profile $AWS_USE_PROFILE
    if test $_aws_use_active = 0; and test -z "$profile"
        builtin echo 'nothing is active' >&2
        return 0
    end
    _aws_use_restore
    set -g _aws_use_active 0
    set -g _aws_use_before
    set -g _aws_use_plain
    set -g _aws_use_person
    set -g _aws_use_words
    set -g _aws_use_folder
    _aws_use_refresh
    test -n "$profile"; or set profile what was active
    builtin echo (string replace -ar '\p{Cc}' '' -- "$profile")' is off' >&2
    return 0
end

# True if $argv[1] is a profile's name that means itself wherever it is typed: no word to a shell, and no verb.
function _aws_use_is_plain
    string match -qr -- '^[A-Za-z0-9._@+][A-Za-z0-9._@+-]*\z' $argv[1]; and not builtin contains -- $argv[1] $_aws_use_verbs
end

# Activates a profile from the core's file of it, without a process; false where there is any doubt, and the core is asked.
function _aws_use_switch
    set -l fish_trace
    set -l name $argv[1]
    test $_aws_use_old = 0; or return 1
    _aws_use_is_plain $name; or return 1
    set -l root "$HOME/.cache/aws-use"
    if test -n "$AWS_USE_CACHE_DIR"
        set root "$AWS_USE_CACHE_DIR"
    else if test -n "$XDG_RUNTIME_DIR"
        set root "$XDG_RUNTIME_DIR/aws-use"
    else if test -n "$XDG_CACHE_HOME"
        set root "$XDG_CACHE_HOME/aws-use"
    end
    string match -qr -- '^(?<root>.+?)/*\z' $root; or return 1
    set -l file "$root/env/$name"
    # Mode bits cannot be read without a process; that the folder is ours, and closed, stands for them.
    string match -q '/*' -- $root; and test -f $file; and test -r $file; or return 1
    for other in $root $root/env $file
        test -L $other; and return 1
        test -O $other; or return 1
    end
    set -l home
    string match -qr -- '^(?<home>(?s:.*?))/?\z' "$HOME"
    set -l config "$home/.aws/config"
    set -l credentials "$home/.aws/credentials"
    set -q AWS_CONFIG_FILE; and set config "$AWS_CONFIG_FILE"
    set -q AWS_SHARED_CREDENTIALS_FILE; and set credentials "$AWS_SHARED_CREDENTIALS_FILE"
    # What moves or removes a file leaves its trace in the folder. Where a path says that a link may be on its way, or a $ that
    # only the core expands, or nothing, there is doubt.
    set -l folder
    set -l rest
    set -l found
    for other in $config $credentials
        string match -qr -- '(?s)^~(?<rest>/.*)' $other; and set other "$home$rest"
        string match -qr -- '(?s)^(?!.*\$)(?!.*/\.\.?/)(?<folder>(?:/[^/]+)*)/[^/]+\z' $other; or return 1
        test -n "$folder"; or set folder /
        test -f $other; and set found 1
        for path in $other $folder
            test -L $path; and return 1
            test -e $path; or continue
            test $file -nt $path; or return 1
        end
        while test "$folder" != "$home"; and string match -qr -- '(?s)^(?<folder>/.+)/[^/]+\z' $folder
            test -L $folder; and return 1
        end
    end
    # Where both are gone, so is the profile.
    set -q found[1]; or return 1
    set -l lines
    read --null --list --delimiter \n lines <$file
    test -z "$lines[-1]"; and set -e lines[-1]
    set -l tab \t
    set -l head
    set -l written
    string match -qr -- '^(?<head>.*)\t(?<written>[0-9]{1,12})\z' "$lines[1]"; or return 1
    test "$head" = "# $HOME$tab$AWS_CONFIG_FILE$tab$AWS_SHARED_CREDENTIALS_FILE$tab$AWS_ENDPOINT_URL$tab$AWS_ENDPOINT_URL_STS$tab$AWS_ENDPOINT_URL_IAM$tab$AWS_USE_COMPAT$tab$AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"; or return 1
    # Nothing can be told from the times of a file that a clock made which was ahead.
    set -l now
    _aws_use_now
    test $written -le $now; or return 1
    set -e lines[1]
    _aws_use_check $lines; or return 1
    builtin contains -- AWS_USE_PROFILE=$name $lines; or return 1
    set -l expires
    string match -qr -- '^AWS_USE_EXPIRES_AT=(?<expires>.+)$' $lines; or return 1
    set -l margin
    set -l left
    _aws_use_margin; or return 1
    set left (builtin math $expires - $now - 1) # as the core says it: the second that runs is no whole one
    test $left -ge $margin; or return 1
    _aws_use_activate use $name; or return 1
    # Only the core makes the list of uses, with the mode it wants.
    if test -f $root/uses; and test -O $root/uses; and test -w $root/uses; and not test -L $root/uses
        builtin echo $name >>$root/uses
    end
    set -l text
    _aws_use_left
    switch "$AWS_USE_IDENTITY"
        case '*@*'
            set text "$name as $AWS_USE_IDENTITY, $text"
        case ''
            set text "$name, $text"
        case '*'
            set text "$name in $AWS_USE_IDENTITY, $text"
    end
    test -t 2; and test -z "$NO_COLOR"; and set text \e'[32m'$text\e'[0m'
    builtin echo $text >&2
    return 0
end

## prompt: AWS_USE_PROMPT and AWS_USE_STATE

# Sets `now` of the caller: whole seconds since 1970. Fish has no clock of its own, but a file's time and its age make one.
if test $_aws_use_old = 1
    function _aws_use_now --no-scope-shadowing
        set now (command date +%s)
    end
else
    function _aws_use_now --no-scope-shadowing
        set -l _aws_use_path path
        set now (builtin $_aws_use_path mtime /; builtin $_aws_use_path mtime -R /)
        set now (builtin math $now[1] + $now[2])
    end
end

# Sets `margin` of the caller: the seconds of AWS_USE_MARGIN (a number with s, m or h; 10 minutes where it is none).
function _aws_use_margin --no-scope-shadowing
    set margin 600
    if string match -qr -- '^[0-9]{1,9}s?\z' "$AWS_USE_MARGIN"
        set margin (builtin math (string trim -r -c s -- $AWS_USE_MARGIN))
    else if string match -qr -- '^[0-9]{1,9}m\z' "$AWS_USE_MARGIN"
        set margin (builtin math (string trim -r -c m -- $AWS_USE_MARGIN) x 60)
    else if string match -qr -- '^[0-9]{1,9}h\z' "$AWS_USE_MARGIN"
        set margin (builtin math (string trim -r -c h -- $AWS_USE_MARGIN) x 3600)
    else
        test -z "$AWS_USE_MARGIN"
        return
    end
    return 0
end

# Sets `text` of the caller: its `left` seconds in words that fit a prompt: 45s, 59m, 2h05m, 11h.
function _aws_use_left --no-scope-shadowing
    if test $left -lt 60
        set text $left"s"
    else if test $left -lt 3600
        set text (builtin math -s 0 $left / 60)m
    else if test $left -lt 36000
        set text (builtin math -s 0 $left / 3600; builtin math -s 0 $left % 3600 / 60)
        test $text[2] = 0; and set text $text[1]h; or set text (builtin printf '%dh%02dm' $text)
    else
        set text (builtin math -s 0 $left / 3600)h
    end
end

# True if AWS_USE_DANGER, globs of * and ? alone, names the profile. Fish 4 takes ? in globs for itself, hence regexes.
function _aws_use_is_danger
    # Both in lower case, because a match that ignores case does so for ASCII alone.
    set -l profile (string lower -- $AWS_USE_PROFILE)
    for glob in (string split -n ' ' -- $AWS_USE_DANGER | string lower | string escape --style=regex | string replace -a '\\*' '.*' | string replace -a '\\?' .)
        string match -qr -- "^(?:$glob)\$" $profile; and return 0
    end
    return 1
end

# Brings prompt text, state and guards up to date.
function _aws_use_refresh
    _aws_use_guards
    if test -z "$AWS_USE_PROFILE"
        set -eg AWS_USE_PROMPT
        set -eg AWS_USE_STATE
        return 0
    end
    set -l now
    set -l margin
    set -l left
    set -l text
    set -l state live
    set -l holds 1000000
    set -l least 1000000000000
    set -l seconds 0
    if string match -qr -- '^[0-9]{1,12}\z' "$AWS_USE_EXPIRES_AT"
        _aws_use_now
        _aws_use_margin
        set left (builtin math $AWS_USE_EXPIRES_AT - $now)
        if test $left -le 0
            set text expired
            set state expired
        else
            set seconds $left
            set left (builtin math $left - 1) # as the core says it: the second that runs is no whole one
            _aws_use_left
            # For how many seconds this text holds, and this state.
            set holds 0
            if test $left -ge 36000
                set holds (builtin math $left % 3600)
            else if test $left -ge 60
                set holds (builtin math $left % 60)
            end
            # The state holds until the margin or the end is reached.
            if test $seconds -lt $margin
                set state expiring
                set least 1
            else
                set least $margin
                set holds (builtin math "min($holds, $seconds - $margin)")
            end
        end
    end
    test $state != expired; and _aws_use_is_danger; and set state danger
    set -l account (string replace -r '^.*@' '' -- "$AWS_USE_IDENTITY")
    set -l region "$AWS_REGION"
    set -q AWS_REGION; or set region "$AWS_DEFAULT_REGION"
    set -l format '{profile} {left}'
    set -q AWS_USE_PROMPT_FORMAT; and set format "$AWS_USE_PROMPT_FORMAT"
    set -l prompt
    set -l before
    set -l lefts 0
    set -l head
    set -l word
    set -l rest
    while string match -qr -- '(?s)^(?<head>[^{]*)\{(?<word>[^}]*)\}(?<rest>.*)$' "$format"
        set format "$rest"
        set prompt "$prompt$head"
        switch "$word"
            case profile
                set prompt "$prompt$AWS_USE_PROFILE"
            case account
                set prompt "$prompt$account"
            case region
                set prompt "$prompt$region"
            case left
                if test $lefts = 0
                    set lefts 1
                    set before "$prompt"
                    set prompt
                else
                    set lefts 2
                    set prompt "$prompt$text"
                end
            case sign
                switch $state
                    case expiring
                        set prompt "$prompt!"
                    case expired
                        set prompt $prompt"x"
                    case danger
                        set prompt "$prompt#"
                end
            case '*'
                set prompt "$prompt{$word}"
        end
    end
    set -g _aws_use_prompt_head (string replace -ar '\p{Cc}' '' -- "$before")
    set -g _aws_use_prompt_tail (string replace -ar '\p{Cc}' '' -- "$prompt$format" | string replace -r ' +$' '')
    test $lefts = 0; and set text
    test $lefts = 1; or set least 1000000000000
    set -gx AWS_USE_PROMPT (string replace -r ' +$' '' -- "$_aws_use_prompt_head$text$_aws_use_prompt_tail")
    set -gx AWS_USE_STATE $state
    set -g _aws_use_prompt_least $least
    test $_aws_use_old = 0; or return 0 # before fish 3.6 it is made anew at each prompt
    # The older of two: in a machine that was just made, / is young, and its age when touched would soon be that of before.
    set -l _aws_use_path path
    set -l age (builtin $_aws_use_path mtime -R / /usr)
    set -g _aws_use_prompt_clock /
    if set -q age[2]; and test $age[2] -gt $age[1]
        set _aws_use_prompt_clock /usr
        set age $age[2]
    end
    set -g _aws_use_prompt_from $age[1]
    set -g _aws_use_prompt_end (builtin math $age[1] + $seconds)
    set -g _aws_use_prompt_until (builtin math $age[1] + $holds)
end

# For tide: aws_use among the items; colors tide_aws_use_color, and tide_aws_use_{expiring,expired,danger}_color.
# Tide renders in a fish that is not interactive, so this stands before what is for interactive ones.
function _tide_item_aws_use
    test -n "$AWS_USE_PROMPT"; or return
    set -l color tide_aws_use_"$AWS_USE_STATE"_color
    if set -q $color
        set -fx tide_aws_use_color $$color
    else
        switch "$AWS_USE_STATE"
            case expiring
                set -fx tide_aws_use_color yellow
            case expired
                set -fx tide_aws_use_color red
            case danger
                set -fx tide_aws_use_color magenta
            case '*'
                set -q tide_aws_use_color; or set -fx tide_aws_use_color green
        end
    end
    set -q tide_aws_use_bg_color; or set -fx tide_aws_use_bg_color normal
    set -l text $AWS_USE_PROMPT
    # Tide unescapes the right prompt of the line that is typed in, so that \e in a name would become an escape sequence.
    if test "$_tide_side" = right
        if not contains newline $_tide_left_items; or string match -q '* newline * aws_use *' " $_tide_right_items "
            set text (string escape --no-quoted -- $text)
        end
    end
    _tide_print_item aws_use $tide_aws_use_icon' ' $text
end

## guard: renewal before a command that uses AWS

# Makes the guards that AWS_USE_GUARD asks for while a profile is active, and removes those it does not.
function _aws_use_guards
    set -l list
    if test -n "$AWS_USE_PROFILE"
        set list $_aws_use_usual
        set -q AWS_USE_GUARD; and set list "$AWS_USE_GUARD"
    end
    if test "$list" != "$_aws_use_guard_list"
        for name in $_aws_use_guarded
            # A function of that name which the person has defined since is theirs.
            string match -q '*_aws_use_guard*' -- (builtin functions $name); and builtin functions -e $name
        end
        set -g _aws_use_guarded
    else if test "$PATH" = "$_aws_use_guard_path"
        return 0
    end
    for name in (string split -n ' ' -- (string replace -ar '\s' ' ' -- "$list") | string match -r -- '^[A-Za-z0-9_][A-Za-z0-9_.+-]*\z')
        builtin functions -q $name; and continue
        builtin -q $name; and continue
        command -q $name; or continue
        function $name --wraps $name --inherit-variable name --description "$name, with credentials that last"
            _aws_use_guard $name $argv
        end
        set -ga _aws_use_guarded $name
    end
    set -g _aws_use_guard_list "$list"
    set -g _aws_use_guard_path "$PATH"
end

function _aws_use_guard
    _aws_use_ready; or return
    command $argv
end

# True if a command that uses AWS may run now; renews first when less than the margin is left. Keys that are no longer those
# of the activation are the person's own affair.
function _aws_use_ready
    set -l fish_trace
    set -q AWS_USE_GUARD; and test -z "$AWS_USE_GUARD"; and return 0
    test -n "$AWS_USE_PROFILE"; or return 0
    string match -qr -- '^[0-9]{1,12}\z' "$AWS_USE_EXPIRES_AT"; or return 0
    test -z "$AWS_USE_KEY_ID"; or test "$AWS_USE_KEY_ID" = "$AWS_ACCESS_KEY_ID"; or return 0
    set -lx AWS_USE_GUARDED 1
    set -l now
    set -l margin
    _aws_use_margin; or builtin echo 'aws-use: warning: AWS_USE_MARGIN is no duration (45m, 2h): 10m is taken' >&2
    _aws_use_now
    set -l left (builtin math $AWS_USE_EXPIRES_AT - $now)
    test $left -lt $margin; or return 0
    # A line that is being typed: a completion runs the command, and the person has not yet.
    status is-interactive; and string length -q -- (builtin commandline); and return 0
    set -l silently
    test -t 2; or set silently ' silently'
    if test $left -gt 0; and test (builtin math $now - $_aws_use_unmet_at) -lt 60
        and builtin contains -- "$_aws_use_unmet" "$AWS_USE_PROFILE $margin" "$AWS_USE_PROFILE $margin$silently"
        set -l text
        set -l real $left
        set left $margin
        _aws_use_left
        _aws_use_warn $real "cannot have $text"
        return 0
    end
    if _aws_use_is_unknown
        if test $left -lt 60
            _aws_use_renew
            return
        end
        _aws_use_warn $left $_aws_use_unknown
        return 0
    end
    if test $_aws_use_failed_at -le $now; and test (builtin math $now - $_aws_use_failed_at) -lt 60; and test -z "$_aws_use_unasked" -o -n "$silently"
        if test $left -gt 0
            _aws_use_warn $left "could not be renewed$_aws_use_why"
            return 0
        end
        set -l profile (string replace -ar '\p{Cc}' '' -- $AWS_USE_PROFILE)
        _aws_use_error "$profile has expired and could not be renewed a moment ago$_aws_use_why" 'renew it with: aws-use renew'
        return 75
    end
    # What holds when Ctrl-C leaves this function.
    set -g _aws_use_failed_at $now
    set -g _aws_use_why ': cancelled'
    set -g _aws_use_unasked
    set -l options --margin $margin
    test -n "$silently"; and set -a options --no-touch
    set -g _aws_use_guarding
    # What is piped to the command is not the core's to read, and what the command prints is not the core's to add to. To a
    # stderr that is closed nothing can be sent, and only another process sees that it is.
    if test -n "$silently" -a -d /dev/fd; and command -q test; and not command test -e /dev/fd/2
        _aws_use_renew $options >/dev/null 2>/dev/null </dev/null
    else if test -t 0
        _aws_use_renew $options >&2
    else
        _aws_use_renew $options >&2 </dev/null
    end
    set -l code $status
    set -eg _aws_use_guarding
    _aws_use_now
    set left (builtin math $AWS_USE_EXPIRES_AT - $now)
    if test $code = 0
        set -g _aws_use_failed_at 0
        # The most there is, for want of a touch or at all: no use in asking again at once.
        if test $left -lt $margin
            set -g _aws_use_unmet_at $now
            set -g _aws_use_unmet "$AWS_USE_PROFILE $margin$silently"
        end
        return 0
    end
    set -g _aws_use_failed_at $now
    test $code != 130; or return 130
    test $code = 75; and test -n "$silently"; and not set -q _aws_use_failure[1]; and set -g _aws_use_unasked 1
    set -g _aws_use_why
    test -n "$_aws_use_failure[1]"; and set _aws_use_why ": $_aws_use_failure[1]"
    set -l live 60
    test -n "$_aws_use_unasked"; and set live 1
    if test $left -lt $live
        set -q _aws_use_failure[3]; and _aws_use_error $_aws_use_failure[2..3]
        return $code
    end
    _aws_use_warn $left "could not be renewed$_aws_use_why"
end

function _aws_use_warn
    set -l left (builtin math $argv[1] - 1) # as the core says it
    set -l text
    _aws_use_left
    builtin echo "aws-use: warning: "(string replace -ar '\p{Cc}' '' -- $AWS_USE_PROFILE)" has $text left and $argv[2]" >&2
end

## unload

# Fisher and oh-my-fish emit this event when they remove the plugin: off, and nothing of ours is left but the settings.
function _aws_use_uninstall --on-event aws-use_uninstall
    test $_aws_use_active = 1; or test -n "$AWS_USE_PROFILE"; and _aws_use_off
    for name in AWS_USE_PROMPT AWS_USE_STATE $_aws_use_marks
        set -eg $name
    end
    # Tide would call what is gone at each prompt, in every shell to come.
    for name in tide_left_prompt_items tide_right_prompt_items
        set -l global # which hides the universal one
        set -qg $name; and set global $name (string match -v aws_use -- $$name)
        set -eg $name
        set -qU $name; and builtin contains aws_use $$name; and set -U $name (string match -v aws_use -- $$name)
        set -q global[1]; and set -g $global
    end
    builtin complete -e aws-use
    builtin complete -e aws-token --wraps 'aws-use token' # which stays where the completions alone are erased
    builtin complete -e aws-token
    builtin functions -q tide; and builtin contains aws_use $_tide_left_items $_tide_right_items; and tide reload
    builtin functions -e aws-use aws-token _tide_item_aws_use (builtin functions -a -n | string split , | string match '_aws_use_*')
    for name in (set -ng | string match '_aws_use_*')
        set -eg $name
    end
end
