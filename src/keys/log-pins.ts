/**
 * Logs that the user pinned: which one is meant, what it held then, and under which addresses it was found. Unlike what was
 * seen, a pin stays until it is replaced.
 * @module
 */
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn } from '../host/files.ts';
import type { Home } from './home.ts';
import { readDocument, writeDocument } from './home-document.ts';
import { aidOfFile, homeFolder, logPinPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { requireDigest } from './key-text.ts';

const FORMAT = 'gitkel-log-pin/1';

/** What the user vouches for of a log. */
export interface LogPin {
  readonly logId: string;
  /** Number of the last batch that it had, and the digest of that batch's signed payload, CESR text. */
  readonly position: number;
  readonly payloadDigest: string;
  /** Addresses at which this log, and no other, is to be found; without passwords. */
  readonly addresses: readonly string[];
}

/**
 * The pin of a log, if there is one.
 * @throws GitkelError `malformed` for a file that is damaged.
 */
export function logPinOf({ host, dir }: Home, logId: string): LogPin | undefined {
  requireDigest(logId, 'the log id');
  const what = `the pin in ${quoted(logPinPath(dir, logId))}`;
  const value = readDocument(host, logPinPath(dir, logId), what);
  if (value === undefined) return undefined;
  const fields = fieldsOf(value, what, [
    'addresses',
    'format',
    'logId',
    'payloadDigest',
    'position',
  ]);
  const pin: LogPin = {
    logId: fields.text('logId'),
    position: fields.integer('position'),
    payloadDigest: fields.text('payloadDigest'),
    addresses: fields.texts('addresses'),
  };
  if (fields.text('format') !== FORMAT || pin.logId !== logId)
    throw malformed('pin', `Cannot read ${what}: it does not fit together`);
  return pin;
}

/** The logs that are pinned, sorted. */
function pinnedLogs({ host, dir }: Home): readonly string[] {
  return namesIn(host, homeFolder(dir, 'pins/logs')).flatMap((name) => aidOfFile(name) ?? []);
}

/** The log that is pinned for an address. */
export function pinnedLogAt(home: Home, address: string): LogPin | undefined {
  for (const logId of pinnedLogs(home)) {
    const pin = logPinOf(home, logId);
    if (pin?.addresses.includes(address) === true) return pin;
  }
  return undefined;
}

/**
 * Pins a log, durably; the addresses of an earlier pin of it stay.
 * @throws GitkelError `refused`, reason `pinned-elsewhere`, for an address at which another log is pinned; `environment`,
 * reason `too-many-pins`.
 */
export async function pinLog(home: Home, pin: LogPin): Promise<LogPin> {
  requireDigest(pin.payloadDigest, 'the digest of a batch');
  return withHomeLock(home, 'pins', () => {
    const before = logPinOf(home, pin.logId);
    for (const address of pin.addresses) {
      const other = pinnedLogAt(home, address);
      if (other === undefined || other.logId === pin.logId) continue;
      throw new GitkelError(
        'refused',
        `Cannot pin the log ${pin.logId}: at ${quoted(address, 512)} the log ${other.logId} is pinned`,
        {
          reason: 'pinned-elsewhere',
          hint: `If that is explained, delete ${quoted(logPinPath(home.dir, other.logId), 4_096)}`,
        },
      );
    }
    if (before === undefined && pinnedLogs(home).length >= LIMITS.pinnedLogs) {
      throw new GitkelError('environment', `Cannot pin more than ${LIMITS.pinnedLogs} logs`, {
        reason: 'too-many-pins',
        hint: `Delete pins in ${quoted(homeFolder(home.dir, 'pins/logs'), 4_096)} that nobody needs.`,
      });
    }
    const addresses = [...new Set([...(before?.addresses ?? []), ...pin.addresses])].slice(
      -LIMITS.rememberedRemotes,
    );
    const { logId, payloadDigest, position } = pin;
    const document = { addresses, format: FORMAT, logId, payloadDigest, position };
    writeDocument(home.host, logPinPath(home.dir, logId), document);
    return { logId, payloadDigest, position, addresses };
  });
}
