import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {DECODERS} from './decoders.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const CODEC =
  /^export const (\w+)(?:: Codec<[^=]*>)? = (?:struct|union|versioned|limited|list|optional)\(/gm;
const PARSER =
  /^export (?:async )?function ((?:parse|decode|read)[A-Z]\w*|\w+FromString|sessionIdFrom|(?:hex|base64)ToBytes)\b/gm;

/** Names that match but decode nothing that comes from outside: what each is instead. */
const NO_DECODERS: Readonly<Record<string, string>> = {
  'src/protocol/codec.ts decodeKept': 'any codec; those of state records are in the table',
  'src/daemon/identity-files.ts readIdentityFile': 'opens a file; decodeIdentity reads it',
  'src/daemon/files.ts readSmallFile': 'opens a file',
  'src/plugin/handlers/parse-block.ts parseBlock': 'the handler; vm/parsed-block.ts reads',
  'src/plugin/decode-stored.ts decodeStored': 'any codec; those of the database are in the table',
  'src/network/decode-answer.ts decodeAnswer': 'any codec; those of answers are in the table',
  'src/network/introduction.ts readIntroduction': 'takes a SignedPeerRecord off a stream',
  'src/messaging/record-space.ts readData': 'a look-up in the own database',
  'src/messaging/inbox-reader.ts readInbox': 'a look-up in the own database',
  'src/messaging/inbox-reader.ts readRecord': 'a look-up in the own database',
  'src/messaging/stored-operation.ts readOperation': 'takes apart what Operation has decoded',
  'src/cli/install-plugin.ts readLauncher': 'opens a file',
  'src/cli/read-as.ts readAs': 'names the file in the refusal of a decoder of the table',
  'src/cli/given-file.ts readGivenFile': 'opens a file',
  'src/cli/read-to-end.ts readToEnd': 'takes bytes off a stream',
  'src/cli/read-to-end.ts readStandardInput': 'takes bytes off a stream',
  'src/client/read-limited.ts readLimited': 'takes bytes off a stream',
  'src/devnet/demo/answers.ts readEpoch': 'asks the API; its answers are checked by API_RESULTS',
};

function exportedDecoders(): readonly {readonly place: string; readonly name: string}[] {
  return globSync('src/**/*.ts', {cwd: ROOT}).flatMap((file) => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    return [CODEC, PARSER].flatMap((pattern) =>
      [...source.matchAll(pattern)].map(([, name = '']) => ({place: `${file} ${name}`, name})),
    );
  });
}

it('the table holds every exported codec and parser of src/', () => {
  const found = exportedDecoders();
  expect(found.length).toBeGreaterThan(45);
  const known = new Set(DECODERS.map(({name}) => name));
  const missing = found.filter(({place, name}) => !known.has(name) && !(place in NO_DECODERS));
  expect(missing.map(({place}) => place)).toEqual([]);
});

it('the table and its exceptions name nothing that is gone', () => {
  const found = exportedDecoders();
  const places = new Set(found.map(({place}) => place));
  expect(Object.keys(NO_DECODERS).filter((place) => !places.has(place))).toEqual([]);
  expect(new Set(DECODERS.map(({name}) => name)).size).toBe(DECODERS.length);
});
