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

Deno.test("ReportFile leaves links and devices where they are", () =>
  inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/file.html`, "before");
    const link = `${directory}/link.html`;
    Deno.symlinkSync("file.html", link);
    {
      using file = ReportFile.create(link);
      file.write("page");
    }
    equal(Deno.lstatSync(link).isSymlink, true);
    equal(Deno.readTextFileSync(`${directory}/file.html`), "page");
    const device = `${directory}/device`;
    // By way of a link: were it replaced, so would only that be.
    Deno.symlinkSync("/dev/full", device);
    {
      using file = ReportFile.create(device);
      throws(() => file.write("page"), /the report can't be written to .*device: No space left on device/);
    }
    equal(Deno.readLinkSync(device), "/dev/full");
    equal(Deno.statSync("/dev/full").isCharDevice, true);
    equal([...Deno.readDirSync(directory)].length, 3);
  }));
