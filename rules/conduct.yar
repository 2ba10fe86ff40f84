/*
 * What goes beyond a task: rights, persistence, instructions of agents, destruction, known harm.
 */

rule more_rights {
  meta:
    id = "PRV-01"
  strings:
    $a = /\bsudo[ \t]{1,4}(-[A-Za-z]{1,4}[ \t]{1,4}){0,3}(chmod|chown|tee|cp|mv|bash|sh|su|visudo|usermod|adduser|useradd|launchctl|systemctl|spctl|csrutil|dscl|sysctl|insmod|modprobe|install|rm|dd|python[0-9]?|curl|wget)\b/
    $b = /\bchmod\s{1,4}(-R\s{1,4})?(0?777|[ugoa]{0,3}\+s|[0-7]?[4267]7[0-7]{2}|a\+rwx)\b/
    $c = /\bxattr\s{1,4}-[a-z]{0,3}[dc][a-z]{0,3}\s/
    $d = /\b(spctl\s{1,4}--(master-disable|global-disable)|csrutil\s{1,4}disable|Set-MpPreference\s[^\n]{0,80}-Disable|Add-MpPreference\s[^\n]{0,40}-Exclusion|setenforce\s{1,4}0|ufw\s{1,4}disable|netsh\s{1,4}advfirewall\s[^\n]{0,60}\soff)\b/ nocase
    $e = /\bNODE_TLS_REJECT_UNAUTHORIZED\s{0,4}[=:]\s{0,4}["']?0/
    $f = /\b(verify\s{0,2}=\s{0,2}False|rejectUnauthorized\s{0,2}:\s{0,2}false|http\.sslVerify\s{1,4}false|_create_unverified_context|strict-ssl\s{1,4}false|GIT_SSL_NO_VERIFY\s{0,2}=\s{0,2}(1|true))\b/
    $g = /\bcurl\s[^\n]{0,80}\s(-[a-zA-Z]{0,4}k[a-zA-Z]{0,4}|--insecure)\s/
    $h = /\bNOPASSWD\s{0,2}:\s{0,2}ALL\b/
    $i = /\b(Set-ExecutionPolicy|-ExecutionPolicy)\s{1,4}(Bypass|Unrestricted)\b/ nocase
  condition:
    any of them
}

rule stays {
  meta:
    id = "PRV-02"
  strings:
    $a = /\|\s{0,4}crontab\s{1,4}-(\s|$)/
    $b = /(>|>>|\btee\s{1,4}(-a\s{1,4})?|\bcp\s[^\n]{1,100}\s|\binstall\s[^\n]{1,100}\s)\s{0,4}["']?(\/etc\/(cron\.(d|daily|hourly|weekly)|crontab|systemd\/system|profile\.d|rc\.local|init\.d|ld\.so\.preload)|[^\s"']{0,60}\/(LaunchAgents|LaunchDaemons)\/|[^\s"']{0,60}\.config\/(systemd\/user|autostart))/
    $c = /(>>|\btee\s{1,4}-a)\s{0,4}["']?(~|\$HOME|\$\{HOME\})\/\.(bashrc|bash_profile|profile|zshrc|zprofile|zshenv|config\/fish\/config\.fish|bash_login|xinitrc)\b/
    $d = /\b(systemctl\s{1,4}(--user\s{1,4})?enable|launchctl\s{1,4}(load|bootstrap))\s/
    $e = /\b(reg(\.exe)?\s{1,4}add|New-ItemProperty|Set-ItemProperty)\s[^\n]{0,120}\\(CurrentVersion\\Run|Winlogon)/ nocase
    $f = /\bschtasks(\.exe)?\s{1,4}\/create\b/ nocase
    $g = /\bopen\(\s{0,4}[^)\n]{0,100}\.(bashrc|zshrc|bash_profile|profile)["'][^)\n]{0,20}["'][aw]/
    $h = /(>|>>|\btee\s{1,4}(-a\s{1,4})?|\bcp\s[^\n]{1,100}\s)\s{0,4}["']?[^\s"']{0,60}(\.ssh\/authorized_keys|\.git\/hooks\/[a-z-]{3,30})/
  condition:
    any of them
}

rule steers_agents {
  meta:
    id = "PRV-03"
  strings:
    $a = /(>|>>|\btee\s{1,4}(-a\s{1,4})?|\b(cp|mv|ln|install)\s[^\n]{1,100}\s|\bsed\s{1,4}-i[^\n]{1,100}\s)\s{0,4}["']?[^\s"'>|;]{0,80}\b(CLAUDE|AGENTS|SOUL|MEMORY|GEMINI|IDENTITY|HEARTBEAT|copilot-instructions)\.md\b/
    $b = /(>|>>|\btee\s{1,4}(-a\s{1,4})?|\b(cp|mv|ln|install)\s[^\n]{1,100}\s)\s{0,4}["']?[^\s"'>|;]{0,80}(\.cursorrules|\.cursor\/rules|\.windsurfrules|\.claude\/(settings|commands|agents|hooks|skills)|\.mcp\.json|\.agents\/skills|\.openclaw\/|\.codex\/)/
    $c = /\b(append|add|write|insert|save|copy|put|persist|store|record)\s{1,4}([a-z0-9'`",:]{1,24}\s{1,4}){0,10}(to|into|in|at\s{1,4}the\s{1,4}(top|end|beginning)\s{1,4}of)\s{1,4}(the\s{1,4}|your\s{1,4}|their\s{1,4}|a\s{1,4})?((user|project|agent|person)('|\xe2\x80\x99)?s\s{1,4}|global\s{1,4}|root\s{1,4})?[`"'*]{0,3}[~A-Za-z0-9_.\/-]{0,60}\b(CLAUDE|AGENTS|SOUL|MEMORY|GEMINI|IDENTITY|HEARTBEAT)\.md\b/ nocase
    $d = /\b(open|write_text|writeFile(Sync)?|appendFile(Sync)?|Path)\s{0,2}\([^\n]{0,100}\b(CLAUDE|AGENTS|SOUL|MEMORY|GEMINI)\.md["'`][^\n]{0,60}(["'][aw]|write|append|,)/
    $e = /\b(append|add|write|insert|save|store|persist)\s{1,4}([a-z0-9'`",:]{1,24}\s{1,4}){0,10}(to|into|in)\s{1,4}(your\s{1,4}|the\s{1,4}agent'?s\s{1,4})(long[- ]term\s{1,4}|persistent\s{1,4}|permanent\s{1,4})memory\b/ nocase
    $f = /\b(modify|edit|overwrite|replace|patch)\s{1,4}(the\s{1,4}|any\s{1,4}|all\s{1,4})?other\s{1,4}(installed\s{1,4})?skills?\b/ nocase
  condition:
    any of them
}

rule takes_confirmation_away {
  meta:
    id = "PRV-04"
  strings:
    $a = "--dangerously-skip-permissions"
    $b = "--dangerously-bypass-approvals-and-sandbox"
    $c = /\b(do\s{1,2}not|don('|\xe2\x80\x99)?t|never|without)\s{1,4}(ask|asking|wait|waiting|prompt|prompting|request|requesting|stop\s{1,4}to\s{1,4}ask)\s{1,4}(for\s{1,4})?(the\s{1,4}user\s{1,4}for\s{1,4}|the\s{1,4}user('|\xe2\x80\x99)?s?\s{1,4}|any\s{1,4}|user\s{1,4})?(confirmation|permission|approval|consent)\b/ nocase
    $d = /\b(auto[- ]?approve|automatically\s{1,4}(approve|accept))\s{1,4}(all|any|every)\s{1,4}(tool|command|permission|action|request)/ nocase
  condition:
    any of them
}

rule destroys {
  meta:
    id = "DST-01"
  strings:
    $a = /\brm\s{1,4}(-[A-Za-z]{1,6}\s{1,4}|--[a-z-]{3,24}\s{1,4}){1,4}["']?(\/|(~|\$HOME|\$\{HOME\})\/?|\/\*|~\/\*|\$HOME\/\*|\/(etc|usr|var|home|root|boot|bin|lib)\/?)["']?(\s|$|;|&|\||`|\))/
    $b = /\bmkfs(\.[a-z0-9]{2,8})?\s{1,4}(-[^\s]{1,16}\s{1,4}){0,4}\/dev\//
    $c = /\bdd\s{1,4}[^\n]{0,60}\bof=\/dev\/(sd|nvme|hd|disk|vd|mmcblk)/
    $d = /:\(\)\s{0,2}\{\s{0,2}:\s{0,2}\|\s{0,2}:\s{0,2}&\s{0,2}\}\s{0,2};\s{0,2}:/
    $e = /\bgit\s{1,4}push\s{1,4}([^\n;&|]{0,60}\s)?(--force|-f)(\s|$|`)/
    $f = /\b(history\s{1,4}-c\b|unset\s{1,4}HISTFILE|HISTFILE=\/dev\/null|rm\s{1,4}(-f\s{1,4})?~\/\.(bash|zsh)_history|shred\s{1,4}[^\n]{0,60}\/var\/log)/
    $g = /\b(shutil\.rmtree|fs\.rmSync|rimraf)\s{0,2}\(\s{0,4}(["'](\/|~)["']|Path\.home\(\)|os\.path\.expanduser\(["']~["']\)|os\.homedir\(\))\s{0,4}[,)]/
    $h = />\s{0,2}\/dev\/(sd[a-z]|nvme[0-9]n[0-9]|disk[0-9])\b/
    $i = /\bvssadmin\s{1,4}delete\s{1,4}shadows\b/ nocase
  condition:
    any of them
}

rule known_harm {
  meta:
    id = "MIN-01"
  strings:
    $a = /\bstratum\+(tcp|ssl|tls):\/\// nocase
    $b = /\b(xmrig|xmr-stak|cpuminer|minerd|nbminer|lolMiner|coinhive(\.min)?\.js|cryptonight)\b/ nocase
    $c = /\b(eval|assert|system|passthru|shell_exec|exec|popen)\s{0,2}\(\s{0,4}(base64_decode\s{0,2}\(\s{0,4})?\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
    $d = /\bbash\s{1,4}-i\s{0,4}(>&|&>|[0-9]?>)\s{0,4}\/dev\/(tcp|udp)\// nocase
    $e = /\b(nc|ncat|netcat)(\.exe|\.traditional)?\s{1,4}([^\n]{0,60}\s)?(-e|-c|--exec|--sh-exec)\s{1,4}["']?(\/bin\/)?(ba|z|da)?sh\b/
    $f = /\bmkfifo\s[^\n]{1,80}\|\s{0,4}(\/bin\/)?(ba|z|da)?sh\s{1,4}-i\b[^\n]{0,80}\|\s{0,4}(nc|ncat|netcat|openssl)\b/
    $g = /\bsocket\.socket\([^\n]{0,80}\)[^\n]{0,200}os\.dup2\([^\n]{0,200}(pty\.spawn|subprocess\.(call|run|Popen)|\/bin\/(ba|z)?sh)/
    $h = /\/dev\/tcp\/[0-9a-z.$\{\}_-]{3,80}\/[0-9$]{1,12}/ nocase
    $i = "mimikatz" nocase fullword
    $j = "LaZagne" nocase fullword
  condition:
    any of them
}
