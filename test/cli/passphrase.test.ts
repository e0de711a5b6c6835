import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Arguments} from '../../src/cli/arguments.ts';
import type {CliContext} from '../../src/cli/command.ts';
import {loadIdentity, newPassphrase} from '../../src/cli/keys.ts';
import {createIdentity, writeIdentityFile} from '../../src/daemon/identity-files.ts';

const identity = createIdentity('account', (length) => new Uint8Array(length).fill(1));
const noArguments = new Arguments({}, []);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-passphrase-'));
  const init = {passphrase: 'sesame', overwrite: false};
  await writeIdentityFile(join(folder, 'sealed'), identity, init);
  await writeIdentityFile(join(folder, 'plain'), identity, {...init, passphrase: undefined});
});
afterAll(() => rm(folder, {recursive: true}));

function contextWith(answers: readonly string[] | undefined) {
  const asked: string[] = [];
  const rest = [...(answers ?? [])];
  const askSecret = async (question: string): Promise<string> => {
    asked.push(question);
    return rest.shift() ?? '';
  };
  const context: CliContext = {
    env: {},
    out: () => Promise.resolve(),
    err: () => undefined,
    signal: new AbortController().signal,
    askSecret: answers === undefined ? undefined : askSecret,
  };
  return {context, asked};
}

describe('passphrase at a terminal', () => {
  it('is asked for when the file needs one, and only then', async () => {
    const {context, asked} = contextWith(['sesame']);
    expect(await loadIdentity(join(folder, 'plain'), noArguments, context)).toEqual(identity);
    expect(asked).toEqual([]);
    expect(await loadIdentity(join(folder, 'sealed'), noArguments, context)).toEqual(identity);
    expect(asked).toEqual([`passphrase of ${join(folder, 'sealed')}: `]);
  });

  it('is not asked for when the environment gives it, right or wrong', async () => {
    const {context, asked} = contextWith(['sesame']);
    const env = {SESSIONVM_PASSPHRASE: 'wrong'};
    const wrong = loadIdentity(join(folder, 'sealed'), noArguments, {...context, env});
    await expect(wrong).rejects.toMatchObject({code: 'CRYPTO_OPEN_FAILED'});
    expect(asked).toEqual([]);
  });

  it('is refused when it is wrong, and when there is no terminal', async () => {
    const wrong = loadIdentity(join(folder, 'sealed'), noArguments, contextWith(['x']).context);
    await expect(wrong).rejects.toMatchObject({code: 'CRYPTO_OPEN_FAILED'});
    const none = loadIdentity(join(folder, 'sealed'), noArguments, contextWith(undefined).context);
    await expect(none).rejects.toMatchObject({code: 'CRYPTO_PASSPHRASE_REQUIRED'});
  });

  it('has to be typed twice when it is new', async () => {
    expect(await newPassphrase(contextWith(['a b', 'a b']).context)).toBe('a b');
    const differs = newPassphrase(contextWith(['a', 'b']).context);
    await expect(differs).rejects.toMatchObject({code: 'CLI_UNAVAILABLE'});
    const empty = newPassphrase(contextWith(['', '']).context);
    await expect(empty).rejects.toMatchObject({details: {problem: 'the passphrase is empty'}});
    const none = newPassphrase(contextWith(undefined).context);
    await expect(none).rejects.toMatchObject({code: 'CLI_UNAVAILABLE'});
  });
});
