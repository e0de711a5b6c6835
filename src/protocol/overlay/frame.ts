import {bytes, type CodecValue, list, struct, u32, union, utf8} from '../codec.ts';

/** Longest request or answer inside a frame, in bytes: a full page of an inbox and its envelope. */
export const MAX_BODY_BYTES = 1_310_720;

const body = bytes({maxLength: MAX_BODY_BYTES});

/** Facts of a refusal: names and short texts, never payloads. */
const ErrorFact = struct('ErrorFact', {
  name: utf8({maxLength: 40}),
  value: utf8({maxLength: 200}),
});

/**
 * What goes over a stream, each with a varint length before it. The caller numbers its requests;
 * answers, events and errors name the number and may come in any order. SPEC.md §15.2.
 */
export const Frame = union('Frame', {
  request: {typeId: 0, codec: struct('RequestFrame', {id: u32, body})},
  /** The only answer, or the last after events; with an empty body the end of events alone. */
  answer: {typeId: 1, codec: struct('AnswerFrame', {id: u32, body})},
  /** The request was refused, or its events end. */
  error: {
    typeId: 2,
    codec: struct('ErrorFrame', {
      id: u32,
      /** A code of SPEC.md §9, as in MESSAGING_WRONG_SWARM. */
      code: utf8({maxLength: 64}),
      facts: list(ErrorFact, {maxLength: 8}),
    }),
  },
  /** One of several answers: a subscription goes on. */
  event: {typeId: 3, codec: struct('EventFrame', {id: u32, body})},
  /** The caller no longer wants an answer or events. */
  cancel: {typeId: 4, codec: struct('CancelFrame', {id: u32})},
});
export type Frame = CodecValue<typeof Frame>;
