import type {ApiErrorCode} from '../../protocol/api-errors.ts';
import {SessionError} from '../../protocol/errors.ts';

export class ApiError extends SessionError<ApiErrorCode> {}
