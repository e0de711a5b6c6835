import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {encodeIdentity} from '../../../src/crypto/identity.ts';
import {checkKey} from '../../../src/daemon/doctor/check-key.ts';
import {
  createIdentity,
  readIdentityFile,
  writeIdentityFile,
} from '../../../src/daemon/identity-files.ts';

const random = (length: number) => new Uint8Array(length).fill(3);
const node = createIdentity('node', random);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-doctor-'));
  path = join(folder, 'node.key');
});
afterEach(() => rm(folder, {recursive: true}));

const check = (passphrase?: string) =>
  checkKey({key: path, data: folder}, () => readIdentityFile(path, passphrase));
const write = (identity = node) =>
  writeIdentityFile(path, identity, {passphrase: undefined, overwrite: false});

describe('checkKey', () => {
  it('is content with a key of the node that is closed to others', async () => {
    await write();
    const {finding, identity} = await check();
    expect(finding).toMatchObject({status: 'ok', advice: null});
    expect(identity).toEqual(node);
  });

  it('warns before the first start, which makes the key', async () => {
    const {finding, identity} = await check();
    expect(finding).toMatchObject({status: 'warn', advice: 'the first start of the node makes it'});
    expect(identity).toBeUndefined();
  });

  for (const mode of [0o644, 0o660, 0o601]) {
    it(`fails on mode 0${mode.toString(8)}, and goes on with the key`, async () => {
      await write();
      await chmod(path, mode);
      const {finding, identity} = await check();
      expect(finding).toMatchObject({status: 'fail', advice: `chmod 600 ${path}`});
      expect(finding.text).toContain(`mode 0${mode.toString(8)}`);
      expect(identity).toEqual(node);
    });
  }

  const sealed = encodeIdentity(node, 'right', 14);
  const unusable: readonly (readonly [string, () => Promise<void>, string | undefined, string])[] =
    [
      ['no file of a node that ran', () => mkdir(join(folder, 'ledger')), undefined, 'no key file'],
      ['no passphrase', () => writeFile(path, sealed), undefined, 'no passphrase was given'],
      ['a wrong passphrase', () => writeFile(path, sealed), 'wrong', 'does not open'],
      ['another file', () => writeFile(path, 'hello'), undefined, 'is no identity file'],
      ['an account', () => write(createIdentity('account', random)), undefined, 'account'],
      ['a directory', () => mkdir(path), undefined, 'no regular file'],
    ];
  for (const [name, prepare, passphrase, text] of unusable) {
    it(`fails on ${name}`, async () => {
      await prepare();
      const {finding, identity} = await check(passphrase);
      expect(finding.status).toBe('fail');
      expect(finding.text).toContain(text);
      expect(identity).toBeUndefined();
    });
  }

  it('passes on what is no fault of the file', async () => {
    const reading = checkKey({key: path, data: folder}, () =>
      Promise.reject(new RangeError('a bug')),
    );
    await expect(reading).rejects.toThrow('a bug');
  });
});
