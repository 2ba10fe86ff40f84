/**
 * Requests of OpenClaw's install policy, protocol version 1: one JSON object on the standard input. What decides is read
 * exactly; what else a host says is not looked at.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { fieldOf, type JsonObject, objectOf, textField } from './platform-json.ts';

/** What is to be installed. */
export interface InstallRequest {
  readonly target: 'skill' | 'plugin';
  /** What the host calls it. */
  readonly name: string;
  /** Absolute path of the staged copy. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly mode: 'install' | 'update';
}

const WHAT = 'the request of an install policy';

function oneOf<T extends string>(object: JsonObject, key: string, words: readonly T[]): T {
  const text = textField(object, key, WHAT);
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw malformed(
    'field',
    `Cannot read ${WHAT}: "${key}" must be ${words.join(' or ')}, not ${quoted(text)}`,
  );
}

/**
 * The version of the protocol that a host speaks, and the rest of what it says.
 * @throws GitkelError `malformed`: `protocol-version` for any version but 1, and for what is no JSON object.
 */
function requireProtocol(bytes: Uint8Array): JsonObject {
  const object = objectOf(parseStrictJson(bytes, LIMITS.installRequestBytes, WHAT), WHAT);
  const version = fieldOf(object, 'protocolVersion');
  if (version === 1) return object;
  throw malformed(
    'protocol-version',
    `Cannot read ${WHAT}: its protocolVersion is ${quoted(version)}, this is version 1`,
    { hint: 'Use a gitkel that knows the protocol of this host.' },
  );
}

/** Whether bytes are of protocol version 1, whatever else is wrong with them. */
export function speaksProtocol(bytes: Uint8Array): boolean {
  try {
    return requireProtocol(bytes) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Reads a request.
 * @throws GitkelError `malformed`: reasons `protocol-version`, `field`, those of strict JSON.
 */
export function parseInstallRequest(bytes: Uint8Array): InstallRequest {
  const object = requireProtocol(bytes);
  const path = textField(object, 'sourcePath', WHAT);
  if (!path.startsWith('/') || path.includes('\0') || path.length > LIMITS.skillSourceCharacters)
    throw malformed(
      'field',
      `Cannot read ${WHAT}: "sourcePath" ${quoted(path)} is no absolute path`,
    );
  const request = objectOf(fieldOf(object, 'request'), `the "request" of ${WHAT}`);
  textField(objectOf(fieldOf(object, 'origin'), `the "origin" of ${WHAT}`), 'type', WHAT);
  const target = oneOf(object, 'targetType', ['skill', 'plugin']);
  const isSkillKind = textField(request, 'kind', WHAT) === 'skill-install';
  if ((target === 'skill') !== isSkillKind)
    throw malformed(
      'field',
      `Cannot read ${WHAT}: a ${target} is not asked for by ${quoted(request['kind'])}`,
    );
  return {
    target,
    path,
    name: textField(object, 'targetName', WHAT),
    kind: oneOf(object, 'sourcePathKind', ['file', 'directory']),
    mode: oneOf(request, 'mode', ['install', 'update']),
  };
}
