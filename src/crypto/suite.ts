import type {
  Hash,
  KemCiphertext,
  KemPublicKey,
  KemSeed,
  Signature,
  SigningPublicKey,
  SigningSeed,
} from '../protocol/bytes.ts';

/** What one signature claims. `context` is the FIPS 204 context string, 0 … 255 bytes. */
export type RawSignatureClaim = {
  readonly publicKey: SigningPublicKey;
  readonly context: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Signature;
};

export type RawSigner = {
  readonly publicKey: SigningPublicKey;
  /** Hedged: two signatures of one message differ. */
  sign(context: Uint8Array, message: Uint8Array): Signature;
  signAsync(context: Uint8Array, message: Uint8Array): Promise<Signature>;
};

/** ML-DSA-65, FIPS 204. */
export type MlDsa = {
  createSigner(seed: SigningSeed): RawSigner;
  verify(claim: RawSignatureClaim): boolean;
  verifyAsync(claim: RawSignatureClaim): Promise<boolean>;
};

export type KemKey = {
  readonly publicKey: KemPublicKey;
  /** The 32-byte shared secret; another, unpredictable one when the ciphertext was altered. */
  decapsulate(ciphertext: KemCiphertext): Uint8Array;
};

export type Encapsulation = {
  readonly ciphertext: KemCiphertext;
  /** 32 bytes; the caller wipes it. */
  readonly sharedSecret: Uint8Array;
};

/** ML-KEM-768, FIPS 203. */
export type MlKem = {
  createKey(seed: KemSeed): KemKey;
  /** @throws CryptoError CRYPTO_INVALID_KEY for a key outside FIPS 203 §7.2. */
  encapsulate(publicKey: KemPublicKey): Encapsulation;
};

export type SealParameters = {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 24 bytes, never used twice with one key. */
  readonly nonce: Uint8Array;
  readonly associatedData: Uint8Array;
};

/** XChaCha20-Poly1305; the 16-byte tag follows the ciphertext. */
export type Aead = {
  seal(parameters: SealParameters, plaintext: Uint8Array): Uint8Array;
  /** @throws CryptoError CRYPTO_OPEN_FAILED */
  open(parameters: SealParameters, sealed: Uint8Array): Uint8Array;
};

export type ScryptParameters = {
  readonly salt: Uint8Array;
  /** log2 of the cost N; with r = 8 and p = 1 the memory is 2^(logCost + 10) bytes. */
  readonly logCost: number;
};

/** Everything that exists twice: over node:crypto, and over noble alone. */
export type CryptoSuite = {
  readonly name: 'native' | 'noble';
  /** SHA-256 of the parts, one after the other. */
  sha256(parts: readonly Uint8Array[]): Hash;
  /** SHA-256 of one array, as bytesToKey would write it. */
  sha256Key(input: Uint8Array): string;
  /** Writes what sha256Key made into an array, from `offset` on. */
  writeKey(target: Uint8Array, offset: number, key: string): void;
  readonly mlDsa: MlDsa;
  readonly mlKem: MlKem;
  readonly aead: Aead;
  /** A 32-byte key. */
  scrypt(passphrase: Uint8Array, parameters: ScryptParameters): Uint8Array;
};
