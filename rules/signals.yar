/*
 * What says nothing by itself, and something together with another thing. The name is the signal's.
 */

rule secret_harvest {
  meta:
    signal = "secret-harvest"
  strings:
    $a = /\b(dict\(\s{0,2}os\.environ\s{0,2}\)|os\.environ\.(items|copy|keys|values)\(\)|json\.dumps\([^\n]{0,30}os\.environ)/
    $b = /\b(JSON\.stringify\(\s{0,2}process\.env\s{0,2}[,)]|Object\.(entries|keys|assign)\([^\n]{0,8}process\.env\s{0,2}\)|\.\.\.process\.env\s{0,2}[,}])/
    $c = /(\$\(|`|^|[\n;&|])[ \t]{0,4}(printenv|env)[ \t]{0,4}(\)|`|>|\|)/
    $d = /\b(cat|open\(|read_text\(|readFile(Sync)?\(|readFileSync\(|Get-Content|cp|tar|zip|base64)\s{0,4}[^\n]{0,80}(\.ssh\/(id_|\*)|\.aws\/credentials|\.netrc\b|\.npmrc\b|\.git-credentials|\.kube\/config|\.docker\/config\.json|\.clawdbot\/\.env|\.openclaw\/\.env|Login Data|wallet\.dat|\/proc\/self\/environ)/
    $e = /\b(for|re\.search|filter|grep|if)\b[^\n]{0,100}(os\.environ|process\.env|printenv|\benv\b)[^\n]{0,100}\b(KEY|TOKEN|SECRET|PASSW)/
    $f = /\b(find|glob\.glob|rglob|iglob)\b[^\n]{0,80}(\*\.pem|id_rsa|\*\.env|\.env["'*]|\*\.kdbx|credentials)/
    $g = /\bsecurity\s{1,4}(find-generic-password|dump-keychain)\b/
  condition:
    any of them
}

rule network_send {
  meta:
    signal = "network-send"
  strings:
    $a = /\bcurl\s[^\n]{0,200}(\s-X\s{0,2}(POST|PUT)|\s(-d|--data|--data-binary|--data-raw|--data-urlencode|-F|--form|-T|--upload-file)[ =@"'])/
    $b = /\b(requests|httpx|session|client|aiohttp|http)\.(post|put|patch)\s{0,2}\(/
    $c = /\b(urllib\.request\.(Request|urlopen)|urlopen)\s{0,2}\([^\n]{0,120}\bdata\s{0,2}=/
    $d = /\b(fetch|axios)\s{0,2}\([^)]{0,200}\bmethod\s{0,2}:\s{0,2}["'`](POST|PUT)/ nocase
    $e = /\b(axios|got|superagent|ky)\.(post|put)\s{0,2}\(/
    $f = /\b(nc|ncat|netcat|socat)\s{1,4}[^\n]{0,60}[a-z0-9.-]{3,80}[ :][0-9]{2,5}\b/
    $g = /\bwget\s[^\n]{0,120}--post-(data|file)/
    $h = /\b(Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b[^\n]{0,120}-Method\s{1,4}(Post|Put)\b/ nocase
    $i = /\bsocket\.(create_connection|socket)\b[^\n]{0,200}|\.sendall\s{0,2}\(/
    $j = /\b(http\.client\.HTTPS?Connection|https?\.request)\s{0,2}\(/
    $k = /\b(scp|rsync)\s[^\n]{1,120}\s[a-z0-9._-]{1,40}@[a-z0-9.-]{3,80}:/
  condition:
    any of them
}

rule terminal {
  meta:
    signal = "terminal"
  strings:
    $a = /\b(paste|copy|run|execute|enter|type)\s{1,4}([a-z'`"]{1,16}\s{1,4}){0,6}(in|into|inside|from)\s{1,4}(a\s{1,4}|an\s{1,4}|your\s{1,4}|the\s{1,4})?([a-z]{1,16}\s{1,4}){0,2}(terminal|command\s{1,4}prompt|powershell|console|command\s{1,4}line|shell)\b/ nocase
    $b = /\bopen\s{1,4}(a\s{1,4}|your\s{1,4}|the\s{1,4})?(terminal|powershell|command\s{1,4}prompt)\b/ nocase
    $c = /\b(pre-?requisites?|required\s{1,4}(driver|component|helper|dependency|software|utility)|(must|needs?\s{1,4}to)\s{1,4}(first\s{1,4})?(be\s{1,4})?(download(ed)?|install(ed)?)\b)/ nocase
  condition:
    any of them
}

rule raw_address {
  meta:
    signal = "raw-address"
  strings:
    $a = /\bhttps?:\/\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(:[0-9]{1,5})?\/[^\s"'`)]{1,200}/
  condition:
    any of them
}

rule paste_site {
  meta:
    signal = "paste-site"
  strings:
    $a = /\bhttps?:\/\/([a-z0-9-]{1,30}\.)?(glot\.io|pastebin\.com|rentry\.(co|org)|hastebin\.com|paste\.ee|ghostbin\.com|dpaste\.(com|org)|transfer\.sh|file\.io|0x0\.st|anonfiles\.com|catbox\.moe|termbin\.com)\/[^\s"'`)]{1,100}/ nocase
  condition:
    any of them
}

rule password_archive {
  meta:
    signal = "password-archive"
  strings:
    $a = /\.(zip|rar|7z)\b[^\n]{0,160}\n?[^\n]{0,80}\b(pass(word|phrase|code)?|pw)\s{0,4}(is|:|=|\()\s{0,4}["'`*]{0,3}[^\s]{2,40}/ nocase
    $b = /\b(pass(word|code)?)\s{0,4}(is|:|=)\s{0,4}["'`*]{0,3}[^\s]{2,40}[^\n]{0,80}\n?[^\n]{0,80}\.(zip|rar|7z)\b/ nocase
    $c = /\b(unzip|7z\s{1,2}x|unrar\s{1,2}[ex])\s{1,4}[^\n]{0,40}-[pP]\s{0,2}["']?[^\s"']{2,40}[^\n]{0,80}\.(zip|rar|7z)\b/
  condition:
    any of them
}

rule no_confirmation {
  meta:
    signal = "no-confirmation"
  strings:
    $a = /\s(--yes|--assume-yes|--force|--auto-approve|-auto-approve|--no-confirm|--noconfirm|--no-input|--non-interactive|--skip-confirmation|-Confirm:\$false)\b/
    $b = /\b(do\s{1,2}not|don('|\xe2\x80\x99)?t|never|without)\s{1,4}(ask|asking|confirm|confirming|prompt|prompting)\b/ nocase
  condition:
    any of them
}

rule destructive {
  meta:
    signal = "destructive"
  strings:
    $a = /\b(terraform|tofu|pulumi|cdk|vagrant|heroku\s{1,2}apps:)\s{0,2}(destroy)\b/
    $b = /\b(kubectl|helm|gh\s{1,2}repo|az\s{1,2}group|gcloud\s{1,2}[a-z]{2,20}\s{1,2}[a-z]{2,20}|aws\s{1,2}[a-z0-9]{2,20})\s{1,4}(delete|uninstall|rb|delete-[a-z-]{2,40}|terminate-instances)\b/
    $c = /\b(DROP\s{1,4}(TABLE|DATABASE|SCHEMA)|TRUNCATE\s{1,4}TABLE)\b/ nocase
    $d = /\b(delete|remove|erase|wipe|destroy|overwrite)\s{1,4}(all|every|the\s{1,4}(entire|whole|complete)|everything)\b/ nocase
    $e = /\brm\s{1,4}-[a-zA-Z]{0,4}r[a-zA-Z]{0,4}\s/
    $f = /\bdocker\s{1,4}(system|volume)\s{1,4}prune\b/
  condition:
    any of them
}
