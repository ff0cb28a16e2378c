/**
 * What other implementations made, as captured bytes: the judges of our codecs and of our record format.
 * @module
 */

/** The text that {@link foreignCompressed} holds: 2221 bytes of JSON lines, or those over and over up to 133260 bytes. */
export const shortText: Uint8Array = makeText();
export const longText: Uint8Array = repeat(shortText, 60);

function makeText(): Uint8Array {
  const lines = Array.from(
    { length: 60 },
    (_, id) => `{"id":${id},"name":"user-${id * id % 97}","ok":${id % 3 !== 0}}\n`,
  );
  return new TextEncoder().encode(lines.join(""));
}

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const repeated = new Uint8Array(bytes.length * times);
  for (let time = 0; time < times; time++) repeated.set(bytes, time * bytes.length);
  return repeated;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export const foreignCompressed: readonly {
  readonly from: string;
  readonly codec: "gzip" | "snappy" | "lz4" | "zstd";
  readonly bytes: Uint8Array;
  readonly text: Uint8Array;
}[] = [
  {
    from: "Python's gzip",
    codec: "gzip",
    text: shortText,
    bytes: fromBase64([
      "H4sIAAAAAAACA42Vy0pDQRBE937GrCNkunte+ZuAEcQXJGYl/rsgInRxrmRfVPU9XT33szw9lMN+V96Or6dyKNfL6Xy/L7vy/lwO",
      "j8eXy+nr7vNHU7Om/mo+ztc/iWVJgMSzZFFSSFIHn5Y11kDTs8Y7hQ2ZeYHRzJpOH7ayZlZkKKAdjKqANkqrinpgnNAeRlaCGzWC",
      "2/nrBHhHKwG+aHNViLtjnjAfe+qkIK80lAnzhnkm0BcV04R50PpMmC/kaUI9qC4m0BfmCfSGF25CfZKTMO+0Phfmhu10gT4pz4V5",
      "w0dFmJthnkCfdOouzDu9c64vS8M8gV7RSplTp1yh40sWQj2IZwh0p3MIgV4n5gl1mjy06FThEOYTcYZAH7S+EOaD6hnCfOC1x9pQ",
      "pd/Q/oa8VjcmT3nNNigkK7+BZwteTI5rGztOTv2GtrSx0bucNzc6nKzWv9fwDYDm5a2tCAAA",
    ].join("")),
  },
  {
    from: "Google's snappy, one bare block, as librdkafka sends it",
    codec: "snappy",
    text: shortText,
    bytes: fromBase64([
      "rRGQeyJpZCI6MCwibmFtZSI6InVzZXItMCIsIm9rIjpmYWxzZX0KewUkADE2JAAAMQ0kCHRydRUjADI2IwAANEojAAAzNiMAADkN",
      "IzJqAAA0NiQABDE2DSUuawAANTYkAAQyNUokAAA2NiQAADMRSDJtAAA3NiUAADQRki5tAAA4NiQAADZO2QAAOTYkAAA4MSAybQAA",
      "MTppAQAzSrYAADE6aQEAMk5uAAAxPmsBADcNSjZvADpuAQQ3Mg0mLt0AADE6bwFSJAA6bwEAM1beADpxAQA2UksAOnEBADlOugEA",
      "MTpyAQAzMSk23wA6dAEAN1G4Lt8AADI6cwEAMU6VAAAyOnQBADVScAAAMjp1AQA5UVEycAA6dAEANE6/AQAyOnQBADlSUAEAMjp2",
      "AQA0EZYycAA6dQEAOVJwADp1AQA1MSoyUAEAMjp2AQA4Si4CADI6dAEANk6/AQAzOnQBADJSngIAMzp1AQA4TnAAADM6dAEANU7f",
      "AAAzOnQBADIx5DLfAAAzOnUBADhO6wMAMzp0AQA2MZoudAEAMzp0AQAzMQU2cAA6dQEAMVJLAD50AU5UAgAzPnUBESUycAAANDp2",
      "AQA0TlABADQ6dQEAMzErLuAAADQ6dQEAMRFKNnAAOnYBEZUySgA6dAEAOU7DAgA0OnQBADhSTwEANDp1AQA3Tr8BADQ6dAEANxFL",
      "MpUAOnQBADcRlTbfADp1ARUmLksAADU6dAFScAAANTp0ARW6MnAAADU6dQE1BjJwADp0AVJQAQA1OnUBMZk2bwA6dQE15DJvADp0",
      "AVIuAgA1OnQBVXg2cAA6dQFVxDJwADp0ATg4NiIsIm9rIjp0cnVlfQo=",
    ].join("")),
  },
  {
    from: "Google's snappy in two chunks with the Java library's framing",
    codec: "snappy",
    text: shortText,
    bytes: fromBase64([
      "glNOQVBQWQAAAAABAAAAAQAAAT7oB5B7ImlkIjowLCJuYW1lIjoidXNlci0wIiwib2siOmZhbHNlfQp7BSQAMTYkAAAxDSQIdHJ1",
      "FSMAMjYjAAA0SiMAADM2IwAAOQ0jMmoAADQ2JAAEMTYNJS5rAAA1NiQABDI1SiQAADY2JAAAMxFIMm0AADc2JQAANBGSLm0AADg2",
      "JAAANk7ZAAA5NiQAADgxIDJtAAAxOmkBADNKtgAAMTppAQAyTm4AADE+awEANw1KNm8AOm4BBDcyDSYu3QAAMTpvAVIkADpvAQAz",
      "Vt4AOnEBADZSSwA6cQEAOU66AQAxOnIBADMxKTbfADp0AQQ3MErfAAAyOnMBADFOlQAAMjp0AQA1UnAAADI6dQEAOVFRLk8BADI6",
      "dAEENDROlQA6dAEAOVJQAQAyOnYBADQRljJwADp1AQA5UnAAADcAAAF6xQmYLCJuYW1lIjoidXNlci01MCIsIm9rIjpmYWxzZX0K",
      "eyJpZCI6MjgsMiYAADgNJQh0cnUZJAA5NkoABDY1SiUABDMwNiUABDI3DSUybwAEMzE2JgAAOE5wAAQzMjYlAAQ1NA1LLpUABDMz",
      "NiUABDIyDSU2cAAANDYmAAQ4OQ0mMksAADU2JQAENjFOJQAANjYlAAAzMQU2cAAANzYmAAAxUksAPnQBADZOcAA+dQERJTJwAAA0",
      "OnYBADROUAEANDp1AQAzMSsuBQEANDp1AQAxEUo2cAA6dgERlTJKADp0AQQ5M0rfAAA0OnQBADhSTwEANDp1AQA3Tr8BADQ6dAEA",
      "NxFLMpUAOnQBADcRlTbfADp1ARUmLksABDUwNuQBUnAAADU6dAEVujJwAAA1OnUBNQYycAA6dAFSUAEANTp1ATGZNm8AOnUBNeQy",
      "bwA6dAFSLgIANTp0AVV4NnAAOnUBVcQycAA6dAE4ODYiLCJvayI6dHJ1ZX0K",
    ].join("")),
  },
  {
    from: "liblz4 1.9 with its defaults: linked blocks, content size",
    codec: "lz4",
    text: shortText,
    bytes: fromBase64([
      "BCJNGGhArQgAAAAAAABXYAIAAPIVeyJpZCI6MCwibmFtZSI6InVzZXItMCIsIm9rIjpmYWxzZX0KJAAaMSQAEzEkADV0cnUjABoy",
      "IwAfNCMAABozIwATOSMACWoAGjQkACMxNiUACGsAGjUkAC8yNSQAABo2JAAUM0gACW0AGjclABQ0kgAIbQAaOCQAHzbZAAEaOSQA",
      "FDggAQltABsxaQEfM7YAABsxaQEfMm4AARwxawETN0oACm8AC24BIzcyJgAI3QAbMW8BDyQAAgtvAR8z3gADC3EBHzZLAAILcQEf",
      "OboBARsxcgEUMykBCt8AC3QBFDe4AgjfABsycwEfMZUAARsydAEfNXAAAhsydQEUOVECCXAAC3QBHzS/AQEbMnQBHzlQAQIbMnYB",
      "FDSWAAlwAAt1AR85cAACC3UBFDUqAQlQARsydgEfOC4CABsydAEfNr8BARszdAEfMp4CAhszdQEfOHAAARszdAEfNd8AARszdAEU",
      "MuQBCd8AGzN1AR846wMBGzN0ARQ2mgEIdAEbM3QBFDMFAQpwAAt1AR8xSwACDHQBD1QCARwzdQEEJQAJcAAbNHYBHzRQAQEbNHUB",
      "FDMrAQjgABs0dQEUMUoACnAAC3YBBJUACUoAC3QBHznDAgEbNHQBHzhPAQIbNHUBHze/AQEbNHQBFDdLAAmVAAt0ARQ3lQAK3wAL",
      "dQEFJgAISwAbNXQBD3AAAhs1dAEFugAJcAAbNXUBBQYBCXAAC3QBD1ABAhs1dQEEmQEKbwALdQEF5AEJbwALdAEPLgICGzV0AQV4",
      "AgpwAAt1ARQ2lgAJcAALdAEVOCUAUHJ1ZX0KAAAAAA==",
    ].join("")),
  },
  {
    from: "liblz4, linked blocks of 64 KiB, no content size",
    codec: "lz4",
    text: longText,
    bytes: fromBase64([
      "BCJNGEBAwH0DAADyFXsiaWQiOjAsIm5hbWUiOiJ1c2VyLTAiLCJvayI6ZmFsc2V9CiQAGjEkABMxJAA1dHJ1IwAaMiMAHzQjAAAa",
      "MyMAEzkjAAlqABo0JAAjMTYlAAhrABo1JAAvMjUkAAAaNiQAFDNIAAltABo3JQAUNJIACG0AGjgkAB822QABGjkkABQ4IAEJbQAb",
      "MWkBHzO2AAAbMWkBHzJuAAEcMWsBEzdKAApvAAtuASM3MiYACN0AGzFvAQ8kAAILbwEfM94AAwtxAR82SwACC3EBHzm6AQEbMXIB",
      "FDMpAQrfAAt0ARQ3uAII3wAbMnMBHzGVAAEbMnQBHzVwAAIbMnUBFDlRAglwAAt0AR80vwEBGzJ0AR85UAECGzJ2ARQ0lgAJcAAL",
      "dQEfOXAAAgt1ARQ1KgEJUAEbMnYBHzguAgAbMnQBHza/AQEbM3QBHzKeAgIbM3UBHzhwAAEbM3QBHzXfAAEbM3QBFDLkAQnfABsz",
      "dQEfOOsDARszdAEUNpoBCHQBGzN0ARQzBQEKcAALdQEfMUsAAgx0AQ9UAgEcM3UBBCUACXAAGzR2AR80UAEBGzR1ARQzKwEI4AAb",
      "NHUBFDFKAApwAAt2AQSVAAlKAAt0AR85wwIBGzR0AR84TwECGzR1AR83vwEBGzR0ARQ3SwAJlQALdAEUN5UACt8AC3UBBSYACEsA",
      "GzV0AQ9wAAIbNXQBBboACXAAGzV1AQUGAQlwAAt0AQ9QAQIbNXUBBJkBCm8AC3UBBeQBCW8AC3QBDy4CAhs1dAEFeAIKcAALdQEU",
      "NpYACXAAC3QBHzglAAELcwEPywQCC3IBD3oDAQtvAQ9YBAIK1AcEcQIJ2AALbAEPrQj/////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////j1Bl",
      "ci0yNw4BAAAP6v8BD5n7////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "/////////////////////////////////////////////////////////////9RQOmZhbHNVAgAA9RRlfQp7ImlkIjoxLCJuYW1l",
      "IjoidXNlci0xIiwib2siOnRydSMAGjIjAB80IwAAGjMjABM5IwBFZmFsc0cAGjQkACMxNiUACGsAGjUkAC8yNSQAABo2JAAUM0gA",
      "CW0AGjclABQ0kgAIbQAaOCQAHzbZAAEaOSQAFDggAQltACoxMCYAHzO2AAAbMWkBHzJuAAEcMWsBEzdKAApvAAtuASM3MiYACN0A",
      "GzFvAQ8kAAILbwEfM94AAwtxAR82SwACC3EBHzm6AQEbMXIBFDMpAQrfAAt0AS83MN8AABsycwEfMZUAARsydAEfNXAAAhsydQEU",
      "OVECCE8BGzJ0AR80vwEBGzJ0AR85UAECGzJ2ARQ0lgAJcAALdQEfOXAAAgt1ARQ1KgEJUAEbMnYBHzhPAQELdAEfNr8BARszdAEf",
      "Mp4CAhszdQEfOHAAARszdAEfNd8AARszdAEUMuQBCd8AGzN1AR846wMBGzN0ARQ2mgEIdAEbM3QBFDMFAQpwAAt1AR8xSwACDHQB",
      "D1QCARwzdQEEJQAJcAAbNHYBHzRQAQEbNHUBFDMrAQjgABs0dQEUMUoACnAAC3YBBJUACUoAC3QBHznDAgEbNHQBHzhPAQIbNHUB",
      "Hze/AQEbNHQBFDdLAAmVAAt0ARQ3lQAK3wALdQEFJgAISwAbNXQBD3AAAhs1dAEFugAJcAAbNXUBBQYBCXAAC3QBD1ABAhs1dQEE",
      "mQEKbwALdQEF5AEJbwALdAEPLgICGzV0AQV4AgpwAAt1ARQ2lgAJcAALdAEVOCUAUHJ1ZX0KAAAAAA==",
    ].join("")),
  },
  {
    from: "liblz4 at level 9, independent blocks, all checksums, content size",
    codec: "lz4",
    text: longText,
    bytes: fromBase64([
      "BCJNGHxAjAgCAAAAAABYJAMAAPIVeyJpZCI6MCwibmFtZSI6InVzZXItMCIsIm9rIjpmYWxzZX0KJAAaMSQAEzEkADV0cnUjABoy",
      "IwAfNCMAABozIwAfOWoAARs0agAfNkgAABo1JAAvMjUkAAAaNiQALzM2bQABGze0AB85SQAAGjgkAB822QABGjkkAC84MUQBAgtp",
      "AR8zSQAAGzFpAR8ybgABHDFrAR83bwACC24BLzcySwABC28BDyQAAgtvAR8z3gADC3EBHzZLAAILcQEfOboBARsxcgEvMzNwAAIL",
      "dAEvNzCUAgELcwEfMZUAARsydAEfNXAAAhsydQEfOZkCARsydAEfNL8BARsydAEfOVABAhsydgEfNC8CARsydQEfOXAAAgt1AR81",
      "4gMCGzJ2AR84SgABC3QBHza/AQEbM3QBHzKeAgIbM3UBHzhwAAEbM3QBHzVVBAILdAEvMjJwAAILdQEfOOsDARszdAEfNugEARwz",
      "WgQfNXAAAgt1AR8xSwACDHQBD1QCARwzdQEPygQCGzR2AR80UAEBGzR1AR8zDwMBGzR1AS8xOHAAAgt2AQ+6AAEcNOkCD8MCARs0",
      "dAEfOE8BAhs0dQEfN78BARs0dAEfN58CARs0dAEfN+4DAi80OSYABAmHBh8wcAAQLzUxugAECXAALzUyBgEECUsAHzNQARAvNTSZ",
      "AQMKbwAfNeQBBAlKAB82LgIQLzU3eAIECnAAHzjEAgQJSwAfOQ4DCg+tCP//////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////M1Blci0yNwi3",
      "d3IWAwAA8xciLCJvayI6ZmFsc2V9CnsiaWQiOjMxLCJuYW1lIjoidXNlci04OCYANnRydSUAGjIlAC81NCUAARozJQAvMjJwAAIb",
      "NHAAHzlLAAEaNSUALzYxJQABGjYlAC8zNXAAAho3JgAfMUsAAhs4lQAfNiUAARs5lQAfNnAAASo0MCYAHzRQAQEbNHUBLzMyJQAB",
      "C3UBLzE4cAACC3YBD7oAARs0dAEvOTMlAAELdAEfOE8BAhs0dQEfN78BARs0dAEvNzUlAAELdAEvNzNwAAIfOSYABAhLAC81MHAA",
      "EC81MboABAlwAC81MgYBBAlLAB8zUAEQLzU0mQEDCm8AHzXkAQQJSgAfNi4CEC81N3gCBApwAB84xAIECUsAHzkOAxALcwEfMG4A",
      "AQtyAQ96AwELbwEPWAQCC20BDycCAgtqAA/XAAILnwQP2gEBDGoBD7UBAgxqAQ8DAwEMaAEP2QABDGcBHzFEAQILaQEPawIBGzFp",
      "AR8ybgABHDFrAR83bwACC24BHzdsAgEbMW8BDyQAAgtvAR8z3gADC3EBHzZLAAILcQEfOboBARsxcgEfM08EAhwxTwQfMJQCAQtz",
      "AR8xlQABGzJ0AR81cAACGzJ1AR85mQIBGzJ0AR80vwEBHDLEBQ9QAQIbMnYBHzQvAgEbMnUBHzlwAAILdQEfNeIDAhwyOQcPSgAB",
      "DDgHD78BARszdAEvMjetCP//////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////////////////////////////////////////////////////",
      "////////////////////////////////////////////////////M1A6ZmFsc473AcEgAgAA9RRlfQp7ImlkIjoxLCJuYW1lIjoi",
      "dXNlci0xIiwib2siOnRydSMAGjIjAB80IwAAGjMjABM5IwBFZmFscyQAGzRqAB82SAAAGjUkAC8yNSQAABo2JAAvMzZtAAEbN7QA",
      "HzlJAAAaOCQAHzbZAAEaOSQALzgxbQABKzEwkwAPSQAAGzFpAR8ybgABHDFrAR83bwACC24BLzcySwABC28BDyQAAgtvAR8z3gAD",
      "C3EBHzZLAAILcQEfOboBARsxcgEvMzNwAAILdAEvNzCUAgELcwEfMZUAARsydAEfNXAAAhsydQEfOZkCARsydAEfNL8BARsydAEf",
      "OVABAhsydgEfNC8CARsydQEfOXAAAgt1AS81MHAAAgt2AR84SgABC3QBHza/AQEbM3QBHzKeAgIbM3UBHzhwAAEbM3QBHzVVBAIL",
      "dAEvMjJwAAILdQEfOOsDARszdAEfNugEARwzWgQfNXAAAgt1AR8xSwACDHQBD1QCARwzdQEPygQCGzR2AR80UAEBGzR1AR8zDwMB",
      "GzR1AS8xOHAAAgt2AQ+6AAEcNOkCD8MCARs0dAEfOE8BAhs0dQEfN78BARs0dAEfN58CARs0dAEfN+4DAi80OSYABAmHBh8wcAAQ",
      "LzUxugAECXAALzUyBgEECUsAHzNQARAvNTSZAQMKbwAfNeQBBAlKAB82LgIQLzU3eAIECnAAHzjEAgQJSwAfOQ4DBVBydWV9Cg7Y",
      "QAMAAAAA6iGvUw==",
    ].join("")),
  },
  {
    from: "libzstd in one call: content size in the frame",
    codec: "zstd",
    text: shortText,
    bytes: fromBase64([
      "KLUv/WCtB10JACLNIRqAOema+nkRD71iCGZwjkgpZUopqQu1gRY3BGd3nf775W9eXueW+VW+It9+dm1Ds2MXE13JrDPVlzr0nrlk",
      "67Nm02IpHc1YXjSxPo82HdmTU1hqWvsVUW9WDaczdiY7F5XOk6/mIpEwY1g4FAUIAYMQIJADKQCJQ7EgBjkMEAfkUAwSMEAUAoCH",
      "qNFQvf3vgDOaPBEoGEOEhrmMRKkeEUv5/HMZMvJQYtjerueYJSUNJ/SaSl1vCWjnN7NsV5VhshD4hTnRrO6TaxpgcFAoObXhE24G",
      "nUHKwox56U/CoGm6RNlU2mHtE+fPbp2DsnO33dX4ftx1kHy901ghrGI7F+WAFVdpWxW3TmIItjazhc1cENNjYLZGTwQvGgrt+pSa",
      "5ky0zjt4gFgF",
    ].join("")),
  },
  {
    from: "libzstd as a stream: no content size, as Java writes it",
    codec: "zstd",
    text: shortText,
    bytes: fromBase64([
      "KLUv/QBYXQkAIs0hGoA56Zr6eREPvWIIZnCOSCllSimpC7WBFjcEZ3ed/vvlb15e55b5Vb4i3352bUOzYxcTXcmsM9WXOvSeuWTr",
      "s2bTYikdzVheNLE+jzYd2ZNTWGpa+xVRb1YNpzN2JjsXlc6Tr+YikTBjWDgUBQgBgxAgkAMpAIlDsSAGOQwQB+RQDBIwQBQCgIeo",
      "0VC9/e+AM5o8ESgYQ4SGuYxEqR4RS/n8cxky8lBi2N6u55glJQ0n9JpKXW8JaOc3s2xXlWGyEPiFOdGs7pNrGmBwUCg5teETbgad",
      "QcrCjHnpT8KgabpE2VTaYe0T589unYOyc7fd1fh+3HWQfL3TWCGsYjsX5YAVV2lbFbdOYgi2NrOFzVwQ02NgtkZPBC8aCu36lJrm",
      "TLTOO3iAWAU=",
    ].join("")),
  },
];

/**
 * One batch of four records by kafka-python's record builder, under each codec. The uncompressed one is of producer id 4097,
 * epoch 3, sequence 17; the others are of no producer.
 */
export const foreignBatches: Readonly<Record<"none" | "gzip" | "snappy" | "lz4" | "zstd", Uint8Array>> = {
  none: fromBase64([
    "AAAAAAAAAAAAAAGQAAAAAAKdpNH1AAAAAAADAAABi8/laHsAAAKLz+VoewAAAAAAABABAAMAAAARAAAABCQAAAAKa2V5LTAOdmFs",
    "dWUtMAA2AC0CAQAGCnRyYWNlBmFiYwZudWwBCGvDqXkAJADImAwEAAECCnRyYWNlBnh4eLYEAICAgICAQAaMAWtra2tra2tra2tr",
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2uQA3Z2dnZ2dnZ2dnZ2dnZ2",
    "dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2",
    "dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2",
    "dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2AA==",
  ].join("")),
  gzip: fromBase64([
    "AAAAAAAAAAAAAACVAAAAAAI2l4MjAAEAAAADAAABi8/laHsAAAKLz+Voe///////////////////AAAABB+LCABOSAFrAv9TYWBg",
    "4MpOrdQ14CtLzClN1TVgMGPQZWJkYOMqKUpMTmVLTEpmyyvNYeTIPryykkGF4cQMHhYGRiaobEVFxTYWhgYQcGDrYcymCpjAXDZM",
    "AAMAxVCADF8BAAA=",
  ].join("")),
  snappy: fromBase64([
    "AAAAAAAAAAAAAACpAAAAAAJpl+k7AAIAAAADAAABi8/laHsAAAKLz+Voe///////////////////AAAABIJTTkFQUFkAAAAAAQAA",
    "AAEAAABk3wLgJAAAAAprZXktMA52YWx1ZS0wADYALQIBAAYKdHJhY2UGYWJjBm51bAEIa8OpeQAkAMiYDAQAAQIKCR4YeHh4tgQA",
    "gAEBEEAGjAFr/gEABQEIkAN2/gEA/gEA/gEADQEAAA==",
  ].join("")),
  lz4: fromBase64([
    "AAAAAAAAAAAAAACkAAAAAAJImjNbAAMAAAADAAABi8/laHsAAAKLz+Voe///////////////////AAAABAQiTRhoQF8BAAAAAAAA",
    "blwAAADzKSQAAAAKa2V5LTAOdmFsdWUtMAA2AC0CAQAGCnRyYWNlBmFiYwZudWwBCGvDqXkAJADImAwEAAECHgBweHh4tgQAgAEA",
    "X0AGjAFrAQAyP5ADdgEAsFB2dnZ2AAAAAAA=",
  ].join("")),
  zstd: fromBase64([
    "AAAAAAAAAAAAAACSAAAAAALzsMvTAAQAAAADAAABi8/laHsAAAKLz+Voe///////////////////AAAABCi1L/1gXwC9AgCEBCQA",
    "AAAKa2V5LTAOdmFsdWUtMAA2AC0CAQAGCnRyYWNlBmFiYwZudWwBCGvDqXkAJADImAwEAAECeHh4tgQAgEAGjAFrkAN2AAQAREAN",
    "Aahxy2BwFRQ=",
  ].join("")),
};
