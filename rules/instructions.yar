/*
 * Text that steers an agent against the person whom it acts for.
 * Every rule: the id of what it finds, bounded patterns, and "any of them". Combinations are made elsewhere.
 */

rule ignore_instructions {
  meta:
    id = "PI-01"
  strings:
    $a = /\b(ignore|disregard|forget|override|bypass|discard)\s{1,4}(all\s{1,4}|any\s{1,4}|everything\s{1,4}in\s{1,4})?(of\s{1,4})?(the\s{1,4}|your\s{1,4}|my\s{1,4}|these\s{1,4})?(previous|prior|above|earlier|preceding|existing|original|system|developer|safety)\s{1,4}([a-z]{1,16}\s{1,4})?(instruction|rule|prompt|guideline|direction|polic|message|context|constraint|guardrail)/ nocase
    $b = /\b(ignore|disregard|forget)\s{1,4}(everything|anything|all)\s{1,4}(that\s{1,4})?(you\s{1,4}(were|have\s{1,4}been)\s{1,4}told|said\s{1,4}(before|above)|you\s{1,4}know|above\s{1,4}this)/ nocase
    $c = /\byour\s{1,4}(new|real|true|actual)\s{1,4}(instructions|task|orders|objective|goal)\s{1,4}(are|is)\b/ nocase
    $d = /\b(these|this|the\s{1,4}following)\s{1,4}(instructions?|rules?)\s{1,4}(override|overrides|supersede|supersedes|take\s{1,4}precedence\s{1,4}over)\s{1,4}(all\s{1,4}|any\s{1,4})?(other|previous|prior|your|the\s{1,4}system|user)/ nocase
  condition:
    any of them
}

rule instructions_in_comment {
  meta:
    id = "PI-02"
  strings:
    $a = /<!--[^>]{0,200}\b(system\s{0,2}:|system\s{1,2}(prompt|override|message|note)|ignore\s{1,4}(all|any|previous|prior)|override|assistant\s{0,2}:|ai\s{1,2}(agent|assistant|model)s?\b|hidden\s{1,4}instruction|(you|agent|assistant|claude)\s{1,2}(must|shall|should|will)\s{1,4})/ nocase
    $b = /\[\/\/\]:\s{0,4}#\s{0,4}[\("'][^\n]{0,200}\b(system|ignore|override|assistant|agent|must|always|secretly)\b/ nocase
    $c = /\[(comment|_|hidden|ai|system|note)\]:\s{0,4}(#|<>)\s{0,4}[\("'][^\n]{0,200}\b(ignore|override|assistant|agents?|you\s{1,2}must|secretly)\b/ nocase
  condition:
    any of them
}

rule hidden_from_the_person {
  meta:
    id = "PI-03"
  strings:
    $a = /\b(do\s{1,2}not|don('|\xe2\x80\x99)?t|never|without|avoid)\s{1,4}(ever\s{1,4})?(tell|telling|mention|mentioning|inform|informing|notify|notifying|alert|alerting|reveal|revealing|disclose|disclosing|show|showing|explain|explaining)\s{1,4}([a-z]{1,12}\s{1,4}){0,4}(to\s{1,4})?(the\s{1,4}|any\s{1,4})?(users?|humans?|persons?|operators?|customers?)\b/ nocase
    $b = /\b(hide|conceal|keep)\s{1,4}([a-z]{1,12}\s{1,4}){0,4}(from|secret\s{1,4}from)\s{1,4}(the\s{1,4}|any\s{1,4})?(user|human|person|operator)\b/ nocase
    $c = /\b(silently|secretly|quietly|covertly)\s{1,4}(send|upload|post|copy|transmit|forward|exfiltrate|collect|read|install|download|append|add|write|modify)\b/ nocase
    $d = /\bwithout\s{1,4}the\s{1,4}(user|human|person)('s)?\s{1,4}(knowledge|noticing|knowing|awareness|seeing|being\s{1,4}aware)\b/ nocase
    $e = /\b(user|human|person)\s{1,4}(must|should|may|does|need)\s{0,4}(not|n't)\s{1,4}(need\s{1,4}to\s{1,4})?(know|see|notice|learn|find\s{1,4}out)\s{1,4}(about|of|that|this)\b/ nocase
  condition:
    any of them
}

rule another_role {
  meta:
    id = "PI-04"
  strings:
    $a = /\byou\s{1,4}are\s{1,4}now\s{1,4}(in\s{1,4}|an?\s{1,4})?(dan\b|developer\s{1,4}mode|god\s{1,4}mode|unrestricted|unfiltered|jailbroken|free\s{1,4}from|no\s{1,4}longer\s{1,4}(bound|restricted|an\s{1,4}ai))/ nocase
    $b = /\b(enter|enable|activate|switch\s{1,4}to)\s{1,4}(dan|developer|god|jailbreak|unrestricted|debug\s{1,4}admin)\s{1,4}mode\b/ nocase
    $c = /\bdo\s{1,4}anything\s{1,4}now\b/ nocase
    $d = /\b(never|do\s{1,2}not|don('|\xe2\x80\x99)?t|must\s{1,4}not|cannot)\s{1,4}(refuse|decline|say\s{1,4}no\s{1,4}to)\s{1,4}(any|a|the|this|these|to\s{1,4}(run|execute|answer|comply))\b/ nocase
    $e = /\b(safety|content|ethical|security)\s{1,4}(guidelines|filters|policies|restrictions|guardrails|checks)\s{1,4}(are|is|have\s{1,4}been)\s{1,4}(now\s{1,4})?(disabled|lifted|suspended|removed|switched\s{1,4}off|not\s{1,4}applicable)\b/ nocase
    $f = /\b(pretend|act\s{1,4}as\s{1,4}if|assume)\s{1,4}(that\s{1,4})?you\s{1,4}have\s{1,4}no\s{1,4}(restrictions|limits|rules|guidelines|safety)/ nocase
  condition:
    any of them
}

rule asks_for_the_prompt {
  meta:
    id = "PI-05"
  strings:
    $a = /\b(reveal|print|dump|output|repeat|show|display|leak|send|write\s{1,4}out)\s{1,4}(me\s{1,4}|us\s{1,4})?(all\s{1,4}of\s{1,4}|all\s{1,4})?(your|the)\s{1,4}([a-z]{1,10}\s{1,4})?(system\s{1,4}(prompt|message|instructions)|hidden\s{1,4}(prompt|instructions)|initial\s{1,4}(prompt|instructions))/ nocase
    $b = /\b(send|post|forward|upload|append|include|transmit|copy)\s{1,4}(a\s{1,4}copy\s{1,4}of\s{1,4})?(the\s{1,4})?(full|entire|whole|complete)\s{1,4}(conversation|chat|dialogue|transcript|context)(\s{1,4}(history|log|window))?\b/ nocase
  condition:
    any of them
}

rule made_up_policy {
  meta:
    id = "PI-06"
  strings:
    $a = /\b(corporate|company|organi[sz]ation(al)?|security|compliance|enterprise|it)\s{1,4}(security\s{1,4})?(policy|policies|guidelines?|requirements?)\s{1,4}(now\s{1,4})?(requires?|mandates?|dictates?|states?)\b[^.]{0,200}\b(registry|mirror|index-url|proxy|repository|https?:\/\/|endpoint|package\s{1,4}source)/ nocase
    $b = /\b(as|in\s{1,4}accordance)\s{1,4}(required|mandated|with)\s{1,4}(by\s{1,4})?(corporate|company|organi[sz]ational|security)\s{1,4}policy\b[^.]{0,200}\b(registry|mirror|index-url|proxy|https?:\/\/|endpoint)/ nocase
  condition:
    any of them
}

rule fakes_tools {
  meta:
    id = "PI-07"
  strings:
    $a = /<\s{0,2}(function_calls|function_results|tool_use|tool_result|tool_call|system-reminder|antml:[a-z_]{1,20})\s{0,2}>/ nocase
    $b = "<|im_start|>system" nocase
    $c = "<|start_header_id|>system" nocase
    $d = /\[\/?(INST|SYSTEM_PROMPT)\][^\n]{0,80}\b(you|ignore|system|must|assistant)\b/
    $e = /<\s{0,2}(important|system|instructions?|secret)\s{0,2}>\s{0,8}[^<]{0,200}\b(before|when|whenever)\s{1,4}(using|calling|you\s{1,4}(use|call)|this\s{1,4}tool)/ nocase
    $f = /"description"\s{0,4}:\s{0,4}"[^"\n]{0,300}\b(ignore\s{1,4}(all|any|previous|other)|before\s{1,4}(using|calling)\s{1,4}(this|any|other)\s{1,4}tools?|always\s{1,4}(call|use)\s{1,4}this\s{1,4}tool\s{1,4}(first|before)|do\s{1,4}not\s{1,4}tell)/ nocase
    $g = /\b(pass|put|include|add|place)\s{1,4}([a-z]{1,12}\s{1,4}){0,5}(in|into|as)\s{1,4}(the\s{1,4})?['"`]?(sidenote|metadata|context|notes?|debug|trace)['"`]?\s{1,4}(parameter|argument|field)\b/ nocase
  condition:
    any of them
}
