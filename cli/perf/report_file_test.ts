import { equal, throws } from "node:assert/strict";
import { ReportFile } from "./report_file.ts";

function inDirectory(work: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    work(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("ReportFile replaces what was there only by a page that is complete", () =>
  inDirectory((directory) => {
    const path = `${directory}/report.html`;
    Deno.writeTextFileSync(path, "before");
    {
      using _file = ReportFile.create(path);
      equal(Deno.readTextFileSync(path), "before");
    }
    equal(Deno.readTextFileSync(path), "before");
    {
      using file = ReportFile.create(path);
      file.write("page");
    }
    equal(Deno.readTextFileSync(path), "page");
    equal([...Deno.readDirSync(directory)].length, 1);
  }));

Deno.test("ReportFile says at once where it can't write", () =>
  inDirectory((directory) => {
    throws(
      () => ReportFile.create(`${directory}/none/report.html`),
      /can't be written to .*none\/report.html: No such file/,
    );
    throws(() => ReportFile.create(directory), /it is a directory/);
  }));

Deno.test("ReportFile says what became of a page that did not fit on the disk", () => {
  inDirectory((directory) => {
    const path = `${directory}/report.html`;
    using file = ReportFile.create(path);
    const [draft] = Deno.readDirSync(directory);
    Deno.removeSync(`${directory}/${draft!.name}`);
    Deno.symlinkSync("/dev/full", `${directory}/${draft!.name}`);
    throws(() => file.write("page"), /the report can't be written to .*report.html: No space left on device/);
  });
});
