/*
 * Code that is fetched or decoded and run.
 */

rule download_into_interpreter {
  meta:
    id = "RCE-01"
  strings:
    $a = /\b(curl|wget)\s[^|\n]{0,300}\|\s{0,4}(sudo\s{1,4}(-[A-Za-z]{1,4}\s{1,4}){0,2})?(env\s{1,4}([A-Z_]{1,32}=[^\s|]{0,64}\s{1,4}){0,4})?(\/(usr\/)?bin\/)?((ba|z|da|k|fi)?sh|python[0-9.]{0,4}|node|perl|ruby|php|pwsh)\b/
    $b = /\b((ba|z|da|k)?sh|source|python[0-9.]{0,4}|eval)\s{1,4}(-[a-z]{1,3}\s{1,4})?["']?(<\(|\$\(|`)\s{0,4}(curl|wget)\s[^)\n]{0,300}/
    $c = /\b(curl|wget)\s[^\n]{0,200}\s(-o|-O|--output|>)\s{0,4}[^\s;&|]{1,100}[^\n;&|]{0,60}(;|&&)\s{0,4}(chmod\s[^\n;&]{1,100}(;|&&)\s{0,4})?(sudo\s{1,4})?((ba|z|da)?sh\s|\.\/|\/tmp\/)/
    $d = /\b(curl|wget)\s[^|\n]{0,300}\|\s{0,4}(base64|gunzip|gzip|xxd|openssl|tar)\s[^|\n]{0,100}\|\s{0,4}(sudo\s{1,4})?((ba|z|da)?sh|python[0-9.]{0,4}|node|perl)\b/
  condition:
    any of them
}

rule decoded_and_run {
  meta:
    id = "RCE-02"
  strings:
    $a = /\bbase64\s{1,4}(-d|-D|--decode|-di)\b[^\n|]{0,120}\|\s{0,4}(sudo\s{1,4})?((ba|z|da)?sh|python[0-9.]{0,4}|node|perl|ruby)\b/
    $b = /\b(eval|(ba|z|da)?sh\s{1,2}-c)\s{1,4}["']?(\$\(|`)\s{0,4}[^)\n]{0,200}\b(base64\s{1,4}(-d|-D|--decode)|xxd\s{1,4}-r|openssl\s{1,4}(enc|base64)\s{1,4}[^)\n]{0,40}-d)/
    $c = /\becho\s{1,4}(-n\s{1,4}|-e\s{1,4})?["']?[A-Za-z0-9+\/=]{40,400}["']?\s{0,4}\|\s{0,4}(base64|xxd|openssl|rev)\b[^\n|]{0,60}\|\s{0,4}(sudo\s{1,4})?((ba|z|da)?sh|python|node|perl)/
    $d = /\b(exec|eval|Function)\s{0,2}\(\s{0,4}([a-z_.]{1,40}\(\s{0,2}){0,3}(base64\.b64decode|b64decode|atob|Buffer\.from|codecs\.decode|bytes\.fromhex|zlib\.decompress|marshal\.loads)\s{0,2}\(/
    $e = /\bxxd\s{1,4}-r\s{1,4}-p\b[^\n|]{0,80}\|\s{0,4}(sudo\s{1,4})?((ba|z|da)?sh|python|perl)\b/
    $f = /\b(powershell|pwsh)(\.exe)?\s[^\n]{0,120}-(e|ec|enc|encodedcommand)\s{1,4}[A-Za-z0-9+\/=]{24,400}/ nocase
    $g = /\becho\s{1,4}["']?[A-Za-z0-9+\/=]{40,400}["']?\s{0,4}\|\s{0,4}base64\s{1,4}(-d|-D|--decode)\s{0,4}>\s{0,4}[^\s;&|]{1,80}\s{0,4}(;|&&)/
  condition:
    any of them
}

rule fetched_and_run {
  meta:
    id = "RCE-03"
  strings:
    $a = /\b(exec|eval|compile)\s{0,2}\(\s{0,4}(requests\.get|urllib\.request\.urlopen|urlopen|httpx\.get|urllib2\.urlopen)\s{0,2}\(/
    $b = /\b(eval|new\s{1,2}Function|Function|vm\.runInThisContext|vm\.runInNewContext)\s{0,2}\(\s{0,4}(await\s{1,4})?\(?\s{0,4}(await\s{1,4})?(fetch|axios\.get|got|https?\.get)\s{0,2}\(/
    $c = /\b(iex|invoke-expression)\b[^\n]{0,20}(\(|\$\(|&|\s)\s{0,4}[^\n]{0,40}(iwr|irm|invoke-webrequest|invoke-restmethod|net\.webclient|downloadstring)\b/ nocase
    $d = /\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b[^\n|]{1,200}\|\s{0,4}(iex|invoke-expression)\b/ nocase
    $e = /\b(exec|eval)\s{0,2}\(\s{0,4}[a-z_][a-z0-9_]{0,30}\.(text|content|body|read\(\))(\.decode\([^)\n]{0,20}\))?\s{0,4}[,)]/
    $f = /\b(subprocess\.(run|call|Popen|check_output|check_call)|os\.system)\s{0,2}\(\s{0,4}(requests\.get|urlopen|urllib\.request\.urlopen|httpx\.get)\s{0,2}\(/
    $g = /\.then\(\s{0,4}\(?[a-z_]{1,12}\)?\s{0,4}=>\s{0,4}[a-z_]{1,12}\.text\(\)\s{0,4}\)\s{0,8}\.then\(\s{0,4}(eval|\(?[a-z_]{1,12}\)?\s{0,4}=>\s{0,4}eval)\b/
  condition:
    any of them
}

rule unpinned_program {
  meta:
    id = "RCE-08"
  strings:
    $a = /\bnpx\s{1,4}(-y|--yes)\s{1,4}(@[a-z0-9-]{1,40}\/)?[a-z0-9._-]{1,60}(@latest)?(\s|$|`|"|')/
    $b = /\bnpx\s{1,4}([^\n]{0,30}\s)?(@[a-z0-9-]{1,40}\/)?[a-z0-9._-]{1,60}@latest\b/
    $c = /\buvx?\s{1,4}(tool\s{1,4}run\s{1,4}|run\s{1,4})?[^\n]{0,40}--(from|with)\s{1,4}["']?git\+https?:/
    $d = /\bpip3?\s{1,4}install\s{1,4}[^\n]{0,60}(git\+(https?|ssh):|https?:\/\/)/
    $e = /\b(npm|pnpm|yarn|bun)\s{1,4}(i|install|add)\s{1,4}[^\n]{0,60}(git\+(https?|ssh):|https?:\/\/|github:)/
    $f = /\b(deno\s{1,4}run|bunx|pnpm\s{1,4}dlx)\s{1,4}[^\n]{0,60}(https?:\/\/|@latest\b)/
    $g = /\bgo\s{1,4}(install|run)\s{1,4}[a-z0-9.\/_-]{3,100}@(latest|main|master)\b/
  condition:
    any of them
}
