'.' "${${(%):-%x}:A:h}/shell/aws-use.zsh"
(( ${fpath[(Ie)${_aws_use_file:h:h}/completions]} )) || fpath+=("${_aws_use_file:h:h}/completions")
[[ ! -o interactive || ${(t)precmd_functions-} == *readonly* ]] || precmd_functions+=(_aws_use_complete)
