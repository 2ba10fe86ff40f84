import { utf8 } from '../base/bytes.ts';
import { encodeStandardBase64 } from '../base/standard-base64.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { AuditReport, ReportFinding } from './report.ts';
import { recheckLog } from './recheck.ts';

/** What a report file is made with: the one script, its styles, and the notices of what the script holds of others. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
  readonly notices: string;
}

/** What every report begins with, and hardly any other page. */
export const REPORT_START = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;sha256-`;

/** Text in HTML, also between quotes. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? '');
}

/** JSON that ends no element and no line early. */
function embeddedJson(report: AuditReport): string {
  return JSON.stringify(report)
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}

/** How a content security policy names a script or a style by its digest (CSP Level 3, "hash-source"). */
function hashSource(crypto: Crypto, text: string): string {
  return `'sha256-${encodeStandardBase64(crypto.digest('sha2-256', utf8(text)))}'`;
}

function findingItem({ reason, detail, position }: ReportFinding): string {
  const place = position === null ? '' : ` (batch ${position})`;
  return `<li>${escaped(`${reason}: ${detail}${place}`)}</li>`;
}

/** Findings that stand in the page without its script. */
const FINDINGS = 50;

/** The verdict and the outline of the log as they stand there where no script runs. */
function staticVerdict(report: AuditReport): string {
  const { verdict, log, counts } = report;
  const isValid = verdict.state === 'valid';
  const paragraphs = [...verdict.why, ...verdict.notes].map((text) => `<p>${escaped(text)}</p>`);
  const more = verdict.findings.length + report.omitted.findings - FINDINGS;
  const findings = [
    ...verdict.findings.slice(0, FINDINGS).map(findingItem),
    ...(more > 0 ? [`<li>${more} more findings are not listed here.</li>`] : []),
  ].join('');
  return `<header class="top"><p class="kind">Audit report</p><h1>Log ${escaped(log.id ?? 'unknown')}</h1></header>
<section class="verdict ${isValid ? 'valid' : 'invalid'}"><div class="verdict-words"><h2>${isValid ? '✓ This log verifies' : '✕ This log does not verify'}</h2>
<p class="reason">${escaped(verdict.reason)}</p>
${paragraphs.join('\n')}
${findings === '' ? '' : `<ul>${findings}</ul>`}
<p>${log.batches} batches, ${counts.identities} identities, ${counts.events} events, ${counts.records} records, ${counts.skills} skills; last commit ${escaped(log.tip ?? 'unknown')}.</p>
<p>Check: <code>${escaped(recheckLog(log))}</code></p></div></section>
<p class="quiet">The rest of the report needs its script, which this viewer does not run.</p>`;
}

/**
 * A report as one file of HTML: no network, one script, known by its digest, and data that no script engine reads as code.
 * @returns the text of the file
 */
export function reportPage(crypto: Crypto, report: AuditReport, parts: PageParts): string {
  const { script, style, notices } = parts;
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(crypto, script)}`,
    `style-src ${hashSource(crypto, style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = `${report.verdict.state === 'valid' ? 'Verifies' : 'Does not verify'}: log ${report.log.id ?? 'unknown'}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<!--
${notices.replaceAll('--', '- -').replaceAll('>', '')}
-->
<style>${style}</style>
</head>
<body class="gitkel-report-page">
<main id="report" class="gitkel-report">
${staticVerdict(report)}
</main>
<script type="application/json" id="report-data">${embeddedJson(report)}</script>
<script>${script}</script>
</body>
</html>
`;
}
