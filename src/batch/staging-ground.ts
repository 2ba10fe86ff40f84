import type { Log } from '../log/log.ts';
import { keyLogsOf } from './key-logs.ts';
import type { StagingGround } from './stage.ts';

/** The log as staging sees it. `admission` and fresh randomness are used only while the log is unborn. */
export function stagingGround(
  log: Log,
  admission: 'open' | 'closed',
  nonce: Uint8Array,
): StagingGround {
  return {
    crypto: log.host.crypto,
    logs: keyLogsOf(log.contents),
    genesis: log.contents.genesis,
    book: log.contents.records,
    opening: { nonce, admission },
  };
}
