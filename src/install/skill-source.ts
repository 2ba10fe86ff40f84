import { fromHex } from '../base/bytes.ts';
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isObjectId } from '../git/object.ts';

/** Where a skill was installed from, as a lock remembers it. */
export type SkillSource =
  | { readonly type: 'directory'; readonly path: string }
  | {
      readonly type: 'archive';
      readonly path: string;
      /** SHA-256 of the archive. */
      readonly sha256: string;
    }
  | {
      readonly type: 'git';
      /** The address of the repository, or its directory on this machine. No password is in it. */
      readonly url: string;
      readonly commit: string;
      /** The skill's directory in the commit, with `/`; empty for the top. */
      readonly path: string;
      /** The branch or tag that named the commit; absent when it was named by its id. */
      readonly ref?: string | undefined;
    };

export function sourceJson(source: SkillSource): Json {
  switch (source.type) {
    case 'directory':
      return { type: 'directory', path: source.path };
    case 'archive':
      return { type: 'archive', path: source.path, sha256: source.sha256 };
    case 'git': {
      const { url, commit, path, ref } = source;
      return { type: 'git', url, commit, path, ...(ref === undefined ? {} : { ref }) };
    }
  }
}

function bounded(text: string, what: string): string {
  if (text.length <= LIMITS.skillSourceCharacters) return text;
  throw malformed(
    'source-length',
    `Cannot read ${what}: a source has more than ${LIMITS.skillSourceCharacters} characters`,
  );
}

/** @throws GitkelError `malformed`. */
export function parseSource(value: Json, what: string): SkillSource {
  const type = fieldsOf(value, what, ['type'], ['path', 'sha256', 'url', 'commit', 'ref']).text(
    'type',
  );
  switch (type) {
    case 'directory': {
      const fields = fieldsOf(value, what, ['type', 'path']);
      return { type, path: bounded(fields.text('path'), what) };
    }
    case 'archive': {
      const fields = fieldsOf(value, what, ['type', 'path', 'sha256']);
      const sha256 = fields.text('sha256');
      if (fromHex(sha256)?.length !== 32)
        throw malformed('source-digest', `Cannot read ${what}: ${quoted(sha256)} is no SHA-256`);
      return { type, path: bounded(fields.text('path'), what), sha256 };
    }
    case 'git': {
      const fields = fieldsOf(value, what, ['type', 'url', 'commit', 'path'], ['ref']);
      const commit = fields.text('commit');
      if (!isObjectId(commit))
        throw malformed('source-commit', `Cannot read ${what}: ${quoted(commit)} is no commit id`);
      const [url, path, ref] = [
        fields.text('url'),
        fields.text('path'),
        fields.optionalText('ref'),
      ];
      for (const text of [url, path, ref ?? '']) bounded(text, what);
      return { type, url, commit, path, ref };
    }
    default:
      throw malformed('source-type', `Cannot read ${what}: ${quoted(type)} is no kind of source`);
  }
}
