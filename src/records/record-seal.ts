import { type Seal, typedSeal } from '../keri/seal.ts';

const LABEL = 'gitkel';

/** A seal that anchors a record of some log: `{"t":"gitkel/<type>/<log id>","d":"<SAID>"}`. */
export interface RecordSeal {
  readonly type: string;
  readonly logId: string;
  readonly said: string;
}

export function recordSeal(type: string, logId: string, said: string): Seal {
  return typedSeal(`${LABEL}/${type}/${logId}`, said);
}

/**
 * Reads a seal whose label is ours. `undefined` for every other seal: those are opaque. `malformed` for one with our
 * label that is not exactly of our form.
 */
export function readRecordSeal(seal: Seal): RecordSeal | 'malformed' | undefined {
  if (typeof seal !== 'object' || seal === null || !('t' in seal)) return undefined;
  const { t: label, ...rest } = seal;
  if (typeof label !== 'string' || !label.startsWith(`${LABEL}/`)) return undefined;
  const [, type, logId, ...more] = label.split('/');
  const said = 'd' in rest ? rest['d'] : undefined;
  const isExact = Object.keys(seal).join() === 't,d' && more.length === 0;
  if (!isExact || type === undefined || logId === undefined || typeof said !== 'string')
    return 'malformed';
  return { type, logId, said };
}
