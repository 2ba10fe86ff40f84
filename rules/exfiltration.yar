/*
 * What carries secrets off a machine, and where they lie.
 */

rule secrets_sent_at_once {
  meta:
    id = "EXF-01"
  strings:
    $a = /\b(curl|wget)\s[^\n]{0,200}(-d|--data|--data-binary|--data-raw|--data-urlencode|-F|--form|-T|--upload-file|--post-file|--post-data)[ =]{0,2}["']?[^\n]{0,60}(\$\((env|printenv|set|cat\s{1,4}[^)\n]{0,40}(\.ssh|\.aws|\.env|\.netrc|\.npmrc|id_rsa|id_ed25519|\.gnupg|\.kube|\.git-credentials))|`(env|printenv|cat\s)|@[^\s"']{0,40}(\.ssh|\.aws|\.env\b|\.netrc|\.npmrc|id_rsa|id_ed25519|\.kube|\.git-credentials))/
    $b = /\b(env|printenv|export\s{1,2}-p|cat\s{1,4}[^\n|]{0,60}(\.ssh\/|\.aws\/|\.env\b|\.netrc|id_rsa|id_ed25519|\.git-credentials))[^\n|]{0,80}\|\s{0,4}([^\n|]{1,80}\|\s{0,4}){0,3}(curl|wget|nc|ncat|netcat|socat)\b/
    $c = /\b(requests\.(post|put)|httpx\.post|axios\.post|urlopen|fetch)\s{0,2}\([^\n]{0,200}(dict\(\s{0,2}os\.environ\s{0,2}\)|json\s{0,2}=\s{0,2}os\.environ|data\s{0,2}=\s{0,2}(str\()?os\.environ\b|JSON\.stringify\(\s{0,2}(\{\s{0,2}(\.\.\.)?)?process\.env\s{0,2}[})])/
    $d = /\b(curl|wget|nslookup|dig|ping)\s[^\n]{0,160}\$\((cat\s{1,4}[^)\n]{0,40}(\.ssh|\.aws|\.env|\.netrc|id_rsa|id_ed25519|passwd|shadow)|env|printenv)\b/
  condition:
    any of them
}

rule collecting_places {
  meta:
    id = "EXF-02"
  strings:
    $a = /\b[a-z0-9-]{0,63}\.?(webhook\.site|requestbin\.(com|net)|pipedream\.net|beeceptor\.com|requestcatcher\.com|hookbin\.com|ngrok\.io|ngrok-free\.app|ngrok\.app|trycloudflare\.com|serveo\.net|loca\.lt|burpcollaborator\.net|oastify\.com|interact\.sh|oast\.(fun|pro|live|site|online|me)|dnslog\.cn|canarytokens\.com)\b/ nocase
    $b = /\bhttps?:\/\/(ptb\.|canary\.)?discord(app)?\.com\/api\/(v[0-9]{1,2}\/)?webhooks\// nocase
    $c = /\bhttps?:\/\/api\.telegram\.org\/bot[^\s\/]{1,80}\/send/ nocase
    $d = /\bhttps?:\/\/hooks\.slack\.com\/(services|workflows)\/[A-Z0-9]/ nocase
  condition:
    any of them
}

rule files_with_secrets {
  meta:
    id = "EXF-03"
  strings:
    $a = /(~|\$HOME|\$\{HOME\}|%USERPROFILE%|\/root|\/home\/[a-z0-9_-]{1,32}|\/Users\/[A-Za-z0-9_-]{1,32}|expanduser\(["']~|homedir\(\)[^\n]{0,12}|Path\.home\(\)[^\n]{0,8})[\/\\"', ]{1,6}\.(ssh[\/\\"', ]{1,4}(id_|\*|[a-z0-9_]{0,20}_(rsa|ed25519))|aws[\/\\"', ]{1,4}credentials|gnupg\b|netrc\b|npmrc\b|pypirc\b|kube[\/\\"', ]{1,4}config|docker[\/\\"', ]{1,4}config\.json|git-credentials\b|clawdbot\b|openclaw[\/\\"', ]{1,4}(\.env|credentials)|config[\/\\"', ]{1,4}(gcloud|gh[\/\\"', ]{1,4}hosts)|claude[\/\\"', ]{1,4}\.credentials)/
    $b = /\.ssh\/(id_rsa|id_ed25519|id_ecdsa|id_dsa|\*)/
    $c = /\b(security\s{1,4}(find-generic-password|find-internet-password|dump-keychain)|secret-tool\s{1,4}(lookup|search)|cmdkey\s{1,4}\/list)\b/
    $d = /[\/\\](Google[\/\\]Chrome|Chromium|BraveSoftware|Microsoft[\/\\]Edge|Firefox)[^\n]{0,80}(Login Data|Cookies|logins\.json|key4\.db)/
    $e = /\b(wallet\.dat|metamask[^\n]{0,40}(vault|nkbihfbeogaeaoehlefnkodbefgpgknn)|Exodus[\/\\]exodus\.wallet|electrum[\/\\]wallets)\b/ nocase
    $f = /\b(find|grep|glob|rglob|fd|rg)\b[^\n]{0,80}["' ]\*?(\.pem|id_rsa|\.env|\.kdbx|credentials\.json)\b[^\n]{0,40}(~|\$HOME|\/home|\/root|\/Users| \/ )/
    $g = /\/etc\/shadow\b/
    $h = /\/proc\/[a-z0-9*\/]{1,24}environ\b/
  condition:
    any of them
}

rule secrets_in_arguments {
  meta:
    id = "EXF-05"
  strings:
    $a = /\b(git\s{1,4}(clone|push|remote\s{1,4}(add|set-url)\s{1,4}[a-z0-9_-]{1,40})|curl|wget)\s[^\n]{0,80}https?:\/\/[^\s\/@:]{0,64}:?(\$\{?[A-Z_]{0,40}(TOKEN|PAT|PASSWORD|SECRET|KEY)[A-Z_]{0,20}\}?|[A-Za-z0-9_]{20,255})@/
    $b = /\b(save|store|write|remember|append|record|keep)\s{1,4}(the|this|their|your|any|all)?\s{0,4}(user('|\xe2\x80\x99)?s?\s{1,4})?(api\s{1,4}key|token|password|secret|credential)s?\s{1,4}(in|to|into)\s{1,4}(your\s{1,4}|the\s{1,4})?(memory|MEMORY\.md|CLAUDE\.md|AGENTS\.md|SOUL\.md)/ nocase
  condition:
    any of them
}

rule encoded_blocks {
  meta:
    id = "OBF-01"
  strings:
    $a = /(\\x[0-9a-fA-F]{2}){48,256}/
    $b = /fromCharCode\(\s{0,4}([0-9]{1,3}\s{0,2},\s{0,2}){24,200}/
    $c = /\b(b64decode|atob|fromhex|unhexlify)\s{0,2}\(\s{0,4}b?["'`][A-Za-z0-9+\/=]{120,400}/
    $d = /\b(chr\([0-9]{1,3}\)\s{0,2}[+.]\s{0,2}){16,200}/
    $e = /(\\u00[0-9a-fA-F]{2}){48,256}/
    $f = /\bString\.raw`[A-Za-z0-9+\/=]{200,400}/
  condition:
    any of them
}
