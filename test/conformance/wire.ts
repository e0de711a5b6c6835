/** One field of an encoded protobuf message: varints and fixed words as bigint, the rest as bytes. */
export type WireField = {
  readonly number: number;
  readonly value: bigint | Uint8Array;
};

/**
 * Reads a message without its descriptor: shows which fields are really on the wire, which a decoder
 * that fills in defaults hides.
 */
export function readFields(message: Uint8Array): WireField[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    const bytes = message.subarray(offset, offset + length);
    if (bytes.length !== length) throw new Error('message ends early');
    offset += length;
    return bytes;
  };
  const fieldValue = (wireType: number): bigint | Uint8Array => {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8);
    if (wireType === 2) return take(Number(varint()));
    if (wireType === 5) return take(4);
    throw new Error(`wire type ${wireType}`);
  };
  const fields: WireField[] = [];
  while (offset < message.length) {
    const tag = Number(varint());
    fields.push({number: tag >>> 3, value: fieldValue(tag & 7)});
  }
  return fields;
}

/** Values of one field, which must be bytes. */
export function messagesOf(fields: readonly WireField[], wanted: number): Uint8Array[] {
  return fields.flatMap(({number, value}) =>
    number === wanted && value instanceof Uint8Array ? [value] : [],
  );
}
