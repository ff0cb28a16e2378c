/**
 * The answer to whoever asks for access rules.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";

export const noAuthorizer = {
  errorCode: ErrorCode.SECURITY_DISABLED,
  errorMessage: "this version has no access rules: everybody may do everything",
};
