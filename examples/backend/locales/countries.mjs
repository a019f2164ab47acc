// Writes the names of the countries into the message files, from the CLDR in node's ICU.
// node locales/countries.mjs
import { readFileSync, writeFileSync } from "node:fs";

const codes = readFileSync(new URL("countries.txt", import.meta.url), "utf8").trim().split(/\s+/);
for (const language of ["en", "de"]) {
  const names = new Intl.DisplayNames([language], { type: "region" });
  const lines = codes.map((code) => `country-${code} = ${names.of(code)}`);
  const head = `# Made by countries.mjs from CLDR ${process.versions.cldr} (Unicode License v3).\n`;
  writeFileSync(new URL(`${language}/countries.ftl`, import.meta.url), `${head}${lines.join("\n")}\n`);
}
