/**
 * UpdateFeatures: raises or lowers the level of features (KIP-584), within what this version can hold: see `features.ts`.
 *
 * - All are changed, or none: one that can't be is told of for all (INVALID_UPDATE_VERSION).
 * - Version 0 says whether a downgrade is allowed, later ones which kind. `validateOnly` changes nothing.
 * - Version 1 and below answer for each feature, later ones no more (KIP-1022).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { LogError } from "../../storage/log_error.ts";
import { type FeatureUpdate, UpgradeType } from "../features.ts";
import { apiHandler } from "./api_handler.ts";

export const updateFeaturesHandler = apiHandler(
  api.UpdateFeatures,
  { from: 0, to: 2 },
  ({ features }, { featureUpdates, validateOnly }, { version }) => {
    const updates = featureUpdates.map((
      { feature, maxVersionLevel, upgradeType, allowDowngrade },
    ): FeatureUpdate => ({
      feature,
      level: maxVersionLevel,
      upgradeType: version === 0 && allowDowngrade ? UpgradeType.SAFE_DOWNGRADE : upgradeType,
    }));
    const problem = updates.map((update) => features.problem(update)).find((problem) =>
      problem !== undefined
    );
    if (problem !== undefined) {
      return failed(
        ErrorCode.INVALID_UPDATE_VERSION,
        `no feature was changed, because of one of them: ${problem}`,
      );
    }
    try {
      if (!validateOnly) features.update(updates);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      return failed(error.code, error.message);
    }
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE as number,
      errorMessage: null,
      results: updates.map(({ feature }) => ({ feature, errorCode: ErrorCode.NONE, errorMessage: null })),
    };
  },
);

function failed(errorCode: number, errorMessage: string) {
  return { throttleTimeMs: 0, errorCode, errorMessage, results: [] };
}
