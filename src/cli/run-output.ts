/**
 * What a command in a sandbox prints, on its way out.
 * @module
 */
import { StringDecoder } from 'node:string_decoder';
import { displayed } from './output.ts';

export interface RunOutput {
  readonly write: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** What was kept, for `--json`. */
  readonly kept: () => { readonly stdout: string; readonly stderr: string };
}

function harmlessLine(line: string): string {
  return line.split('\t').map(displayed).join('\t');
}

/** Lines that a terminal shows and does not obey. */
function harmlessLines(text: string): string {
  return text.split('\n').map(harmlessLine).join('\n');
}

/** Keeps what is printed. */
export function keptOutput(): RunOutput {
  const parts: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  const text = (name: 'stdout' | 'stderr'): string => Buffer.concat(parts[name]).toString('utf8');
  return {
    write: (stream, bytes) => {
      parts[stream].push(bytes);
    },
    kept: () => ({ stdout: text('stdout'), stderr: text('stderr') }),
  };
}

/** Passes on what is printed: byte for byte, but escaped where a terminal would obey it. */
export function passedOutput(): RunOutput {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  return {
    write: (stream, bytes) => {
      const target = process[stream];
      if (target.isTTY) target.write(harmlessLines(decoders[stream].write(Buffer.from(bytes))));
      else target.write(bytes);
    },
    kept: () => ({ stdout: '', stderr: '' }),
  };
}
