'builtin' 'source' "${${(%):-%x}:A:h}/shell/aws-use.zsh"
(( ${fpath[(Ie)${_aws_use_file:h:h}/completions]} )) || fpath+=("${_aws_use_file:h:h}/completions")
(( ! ${+functions[compdef]} )) || { 'builtin' 'autoload' -Uz _aws-use && compdef _aws-use aws-use aws-token }
