/**
 * What decoding a batch's records throws: the bytes, not the code, are at fault.
 * @module
 */
import { ErrorCode } from "./errors.ts";

/** Records that can't be decoded. `code` is what a broker answers whoever sent them. */
export class RecordsError extends Error {
  override readonly name = "RecordsError";

  constructor(readonly code: number, message: string) {
    super(message);
  }

  /** Compressed bytes that their codec could not have made. */
  static damaged(codec: string, found: string): RecordsError {
    return new RecordsError(ErrorCode.CORRUPT_MESSAGE, `damaged ${codec} data: ${found}`);
  }

  /** Compressed bytes that would take more memory than was allowed. `size` is a lower bound or undefined where nobody counted. */
  static tooLarge(codec: string, compressedBytes: number, maxBytes: number, size?: number): RecordsError {
    const found = size === undefined ? "more" : `${size} bytes`;
    return new RecordsError(
      ErrorCode.MESSAGE_TOO_LARGE,
      `${compressedBytes} bytes of ${codec} data may decompress to ${maxBytes} bytes here; found ${found}`,
    );
  }
}
