/**
 * What moves money, and what speaks to whoever scans.
 * @module
 */
import type { Spotted } from './finding.ts';
import { harmlessText } from './harmless-text.ts';
import type { ScanPart } from './scan-part.ts';
import { placesOf, spotted } from './spot.ts';

const PAYMENTS =
  /\b(?:eth_sendTransaction|eth_sendRawTransaction|personal_sendTransaction|sendAndConfirmTransaction|signAndSendTransaction|send_raw_transaction|sign_transaction|signTransaction|sendTransaction)\b|\bcast[ \t]+send\b|\bsolana[ \t]+transfer\b|\b(?:paymentIntents|payment_intents|PaymentIntent|charges|Charge|payouts|Payout|transfers|Transfer)\.create\b|\/v\d\/(?:payouts|transfers|payment_intents|charges)\b|\b(?:wire transfer|seed phrase|mnemonic phrase|recovery phrase)s?\b/g;

/** FIN-01: calls that pay or sign transactions. */
export function* payments(part: ScanPart): Generator<Spotted> {
  for (const place of placesOf(part, PAYMENTS))
    yield spotted('FIN-01', place, harmlessText(place.found));
}

const TO_SCANNERS =
  /\b(?:do not|don't|never|please do not) (?:flag|scan|report|analy[sz]e)\b[^.\n]{0,60}\b(?:this|it|file|skill|code|section|pattern|finding)s?\b|\b(?:scanners?|security tools?|static analysis|auditors?|reviewers?) (?:should|must|can|may) (?:ignore|skip|allow)\b|\b(?:ignore|skip|suppress) (?:this|these|the following) (?:finding|warning|alert|detection|match)e?s?\b|\bthis (?:is|was) (?:only |just )?an? (?:known )?(?:false positive|benign (?:test|sample)|harmless (?:test|example)|security benchmark)\b|\b(?:skill|file|code) (?:is|has been) (?:already )?(?:verified|approved|audited|certified|whitelisted|allowlisted)(?: as)? (?:safe|secure|clean|by)\b/gi;

/** META-01: words for scanners. They change nothing, and are told. */
export function* wordsToScanners(part: ScanPart): Generator<Spotted> {
  for (const place of placesOf(part, TO_SCANNERS))
    yield spotted('META-01', place, harmlessText(place.found));
}
