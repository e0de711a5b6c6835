/**
 * The part of @avalabs/avalanchejs 5.0.0 that p-chain.ts uses. The package's own declarations import
 * each other without file extensions, which `nodenext` resolution does not follow.
 */
declare module '@avalabs/avalanchejs' {
  export class Utxo {
    private constructor();
    readonly assetId: {toString(): string};
  }

  export class Bytes {
    constructor(bytes: Uint8Array);
  }

  export class SignedTx {
    private constructor();
    toBytes(): Uint8Array;
  }

  export class UnsignedTx {
    constructor(tx: unknown, utxos: readonly Utxo[], addressMaps: unknown);
    readonly tx: unknown;
    readonly utxos: readonly Utxo[];
    readonly addressMaps: unknown;
    toBytes(): Uint8Array;
    getSigIndices(): readonly (readonly number[])[];
    addSignatureAt(signature: Uint8Array, index: number, subIndex: number): void;
    getSignedTx(): SignedTx;
  }

  export namespace pvmSerial {
    class CreateChainTx {
      constructor(
        baseTx: unknown,
        subnetId: unknown,
        chainName: unknown,
        vmId: unknown,
        fxIds: unknown,
        genesisData: Bytes,
        subnetAuth: unknown,
      );
      readonly baseTx: unknown;
      readonly subnetID: unknown;
      readonly chainName: unknown;
      readonly vmID: unknown;
      readonly fxIds: unknown;
      readonly subnetAuth: unknown;
    }
  }

  type FeeState = {readonly capacity: bigint; readonly price: bigint};
  type FeeConfig = {readonly maxCapacity: bigint};

  export type Context = {
    readonly networkID: number;
    readonly hrp: string;
    readonly xBlockchainID: string;
    readonly pBlockchainID: string;
    readonly cBlockchainID: string;
    readonly avaxAssetID: string;
    readonly baseTxFee: bigint;
    readonly createAssetTxFee: bigint;
    readonly platformFeeConfig: FeeConfig;
  };

  type CommonTxProps = {
    readonly feeState: FeeState;
    readonly fromAddressesBytes: readonly Uint8Array[];
    readonly utxos: readonly Utxo[];
  };

  export namespace pvm {
    class PVMApi {
      constructor(baseUrl: string);
      setFetchOptions(options: {readonly signal: AbortSignal}): void;
      getFeeConfig(): Promise<FeeConfig>;
      getFeeState(): Promise<FeeState>;
      getUTXOs(input: {readonly addresses: readonly string[]}): Promise<{utxos: readonly Utxo[]}>;
      issueSignedTx(tx: SignedTx): Promise<{readonly txID: string}>;
    }

    function newCreateSubnetTx(
      props: CommonTxProps & {
        readonly subnetOwners: readonly Uint8Array[];
        readonly threshold: number;
        readonly locktime: bigint;
      },
      context: Context,
    ): UnsignedTx;

    function newCreateChainTx(
      props: CommonTxProps & {
        readonly chainName: string;
        readonly fxIds: readonly string[];
        readonly genesisData: Readonly<Record<string, unknown>>;
        readonly subnetAuth: readonly number[];
        readonly subnetId: string;
        readonly vmId: string;
      },
      context: Context,
    ): UnsignedTx;
  }

  export namespace networkIDs {
    function getHRP(networkId: number): string;
  }

  export namespace secp256k1 {
    function getPublicKey(privateKey: Uint8Array): Uint8Array;
    function publicKeyBytesToAddress(publicKey: Uint8Array): Uint8Array;
    function sign(message: Uint8Array, privateKey: Uint8Array): Promise<Uint8Array>;
  }

  export namespace utils {
    const base58check: {decode(text: string): Uint8Array};
    function format(chainAlias: string, hrp: string, address: Uint8Array): string;
  }
}
