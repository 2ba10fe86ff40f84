/** What others wrote in production, imported and exported again; it lies in the folder that GITKEL_REAL names. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/base/bytes.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { audit } from '../../src/audit/audit.ts';
import { exportStream } from '../../src/exchange/export-stream.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { imported } from '../support/importing.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

const folder = process.env['GITKEL_REAL'];
const ROOT = 'EDP1vHcw_wc4M__Fj53-cJaBnZZASd-aMTaSyWEQ-PC2';
const DELEGATE = 'EINmHd5g7iV-UldkkkKyBIH052bIyxZNBn9pq-zNrYoS';
const ROOT_LAST = 'EHsL1ldIafZC-M9-3RgLQB3m2_2F0aYIiNBGnTVoFDH2';

describe.skipIf(folder === undefined)('what others wrote (needs GITKEL_REAL)', () => {
  it('a root and its delegate are imported, audited, exported, and check to the same states', async () => {
    const memory = new MemoryLog();
    const founder = await memory.member('ada');
    const keyNames = names('ada', 1);
    const stream = readFileSync(path.join(folder ?? '', 'gleif-geda.cesr'));
    const outcome = await imported(memory, stream, { founder, keyNames });
    expect(outcome).toMatchObject({
      batches: [{ files: 12 }],
      escrow: [],
      counts: { accepted: 12, 'set-aside': 5, rejected: 0 },
      aids: [
        { aid: ROOT, state: { sn: 2, said: ROOT_LAST } },
        { aid: DELEGATE, state: { sn: 8, delegator: ROOT } },
      ],
    });
    expect(audit(memory.host, '/log').state).toBe('valid');
    for (const binary of [false, true]) {
      const validator = new StreamValidator(crypto);
      const reader = new StreamReader();
      const exported = concat(...exportStream(memory.log, DELEGATE, { binary }).messages);
      for (const item of [...reader.push(exported), ...reader.end()]) {
        if (item.kind === 'error') throw new Error(item.detail);
        expect(validator.take(item).outcome).toBe('accepted');
      }
      const { aids, escrows } = streamReport(validator);
      expect(escrows).toEqual({});
      expect(aids[ROOT]?.state).toMatchObject({ s: '2', d: ROOT_LAST });
      expect(aids[DELEGATE]?.state).toMatchObject({ s: '8', di: ROOT });
    }
  });
});
