/** Skills as people write them: what an ordinary one says and does, and nothing that it should not. */
import type { MadeFile } from '../skills/making.ts';
import { file } from '../skills/making.ts';

export interface OrdinarySkill {
  readonly name: string;
  readonly files: readonly MadeFile[];
}

function skill(
  name: string,
  description: string,
  body: string,
  ...files: readonly MadeFile[]
): OrdinarySkill {
  const skillMd = file(
    'SKILL.md',
    `---\nname: ${name}\ndescription: ${description}\nlicense: Apache-2.0\n---\n\n${body}\n`,
  );
  return { name, files: [skillMd, ...files] };
}

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

export const ORDINARY_SKILLS: readonly OrdinarySkill[] = [
  skill(
    'pdf',
    'Reads, merges and fills PDF files. Use it when a PDF has to be read or made.',
    `# PDF\n\nUse pypdf for text and forms.\n\n${fence('python', 'from pypdf import PdfReader, PdfWriter\n\nreader = PdfReader("in.pdf")\nwriter = PdfWriter()\nfor page in reader.pages:\n    writer.add_page(page)\nwith open("out.pdf", "wb") as out:\n    writer.write(out)')}\n\n| task | tool |\n| --- | --- |\n| text | pypdf |\n| tables | pdfplumber |\n| pictures | \`pdftoppm -png in.pdf page\` |\n\nIf a file has a password, ask the user for it.`,
    file(
      'scripts/merge.py',
      '#!/usr/bin/env python3\nimport sys\nfrom pypdf import PdfWriter\n\nwriter = PdfWriter()\nfor name in sys.argv[2:]:\n    writer.append(name)\nwriter.write(sys.argv[1])\n',
      true,
    ),
  ),
  skill(
    'docx',
    'Edits Word documents, with tracked changes and comments.',
    `# Word documents\n\nA .docx is a ZIP of XML files.\n\n${fence('bash', 'mkdir -p unpacked && unzip -q in.docx -d unpacked\npython scripts/pack.py unpacked out.docx\nrm -rf unpacked/')}\n\nNever change \`[Content_Types].xml\` by hand. Always validate before packing.`,
    file(
      'scripts/pack.py',
      'import sys\nimport zipfile\nfrom pathlib import Path\n\nsource, target = Path(sys.argv[1]), sys.argv[2]\nwith zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:\n    for path in sorted(source.rglob("*")):\n        if path.is_file():\n            out.write(path, path.relative_to(source))\n',
    ),
  ),
  skill(
    'git-helper',
    'Helps with branches, rebases and conflicts in Git.',
    `# Git\n\n1. Look first: \`git status\`, \`git log --oneline -20\`.\n2. Rebase: \`git rebase -i main\`.\n3. Publish: \`git push --force-with-lease\`, never \`--force\`.\n\n${fence('bash', 'git switch -c fix/typo\ngit add -p\ngit commit -m "Fix a typo"\ngit push -u origin HEAD')}\n\nAsk for confirmation before a branch is deleted.`,
  ),
  skill(
    'weather-api',
    'Asks a weather service for forecasts.',
    `# Weather\n\nThe key is in \`WEATHER_API_KEY\`.\n\n${fence('bash', 'curl -s -H "Authorization: Bearer $WEATHER_API_KEY" \\\n  "https://api.weather.example/v1/forecast?city=Oslo" | jq ".days[0]"')}\n\nTo report an observation:\n\n${fence('bash', 'curl -X POST https://api.weather.example/v1/observations \\\n  -H "Authorization: Bearer $WEATHER_API_KEY" \\\n  -H "Content-Type: application/json" -d @observation.json')}`,
    file(
      'scripts/forecast.py',
      'import os\nimport sys\n\nimport requests\n\nkey = os.environ["WEATHER_API_KEY"]\nanswer = requests.get(\n    "https://api.weather.example/v1/forecast",\n    params={"city": sys.argv[1]},\n    headers={"Authorization": f"Bearer {key}"},\n    timeout=20,\n)\nanswer.raise_for_status()\nprint(answer.json()["days"][0])\n',
      true,
    ),
  ),
  skill(
    'docker-compose',
    'Writes Dockerfiles and compose files.',
    `# Containers 🐳\n\n${fence('dockerfile', 'FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt && rm -rf /var/lib/apt/lists/*\nCOPY . .\nUSER nobody\nCMD ["python", "-m", "app"]')}\n\n${fence('bash', 'docker compose up -d\ndocker compose logs -f web\ndocker compose down')}\n\nSecrets come from the environment, never from the image.`,
  ),
  skill(
    'data-analysis',
    'Analyses tables with pandas and draws charts.',
    `# Data analysis 📊\n\n${fence('python', 'import pandas as pd\nimport matplotlib.pyplot as plt\n\ndf = pd.read_csv("sales.csv", parse_dates=["day"])\nmonthly = df.groupby(df["day"].dt.to_period("M"))["amount"].sum()\nmonthly.plot(kind="bar")\nplt.savefig("monthly.png", dpi=150)')}\n\n- Drop duplicates before you count.\n- Ignore rows above the header.\n- Say how many rows were left out.`,
  ),
  skill(
    'xlsx',
    'Makes spreadsheets with formulas.',
    `# Spreadsheets\n\nUse openpyxl. Formulas, not numbers: \`=SUM(B2:B9)\`.\n\n${fence('python', 'from openpyxl import Workbook\n\nbook = Workbook()\nsheet = book.active\nsheet["A1"] = "Total"\nsheet["B1"] = "=SUM(B2:B9)"\nbook.save("out.xlsx")')}`,
  ),
  skill(
    'frontend-design',
    'Designs web pages with good type and colour.',
    `# Design\n\n![build](https://img.shields.io/badge/build-passing-green) ![licence](https://img.shields.io/badge/licence-Apache--2.0-blue)\n\nChoose two typefaces. Use a grid of eight pixels. Check the contrast.\n\n${fence('css', ':root {\n  --space: 8px;\n  --accent: #0a7;\n}\n.card {\n  padding: calc(2 * var(--space));\n}')}\n\n${fence('bash', 'npm install\nnpm run dev')}`,
    file(
      'assets/page.html',
      '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Page</title></head>\n<body><!-- header --><h1>Title</h1><!-- end of header --></body>\n</html>\n',
    ),
  ),
  skill(
    'mcp-builder',
    'Guides the building of MCP servers.',
    `# Servers\n\nA tool has a name, a description and a schema.\n\n${fence('json', '{\n  "name": "search_issues",\n  "description": "Search issues by text and label. Returns at most 50.",\n  "inputSchema": { "type": "object", "properties": { "text": { "type": "string" } } }\n}')}\n\nTry it: \`npx @modelcontextprotocol/inspector@0.14.0 node server.js\`. Write errors so that an agent can act on them.`,
  ),
  skill(
    'translate-ja',
    'Translates documentation between English and Japanese.',
    '# 翻訳\n\n技術文書を英語から日本語へ翻訳します。用語集に従ってください。\n\n| English | 日本語 |\n| --- | --- |\n| repository | リポジトリ |\n| branch | ブランチ |\n\n敬体で書き、コードは翻訳しないでください。中文文档同样适用:代码块保持不变。',
  ),
  skill(
    'release-notes',
    'Writes release notes from commits.',
    `# Release notes 🎉\n\n${fence('bash', 'git log --pretty="%s" "$(git describe --tags --abbrev=0)..HEAD"')}\n\nGroup into **Added**, **Changed**, **Fixed** ✅. Leave merges out. Show the draft to the user before it is published.`,
  ),
  skill(
    'terraform-review',
    'Reviews Terraform plans.',
    `# Terraform\n\n${fence('bash', 'terraform init -backend=false\nterraform validate\nterraform plan -out plan.bin\nterraform show -json plan.bin | jq ".resource_changes[] | select(.change.actions[] == \\"delete\\")"')}\n\nA plan that deletes a database needs a person. Never apply by yourself.`,
  ),
  skill(
    'python-setup',
    'Sets up Python projects with uv.',
    `# Python\n\nInstall uv, in your terminal:\n\n${fence('bash', 'curl -LsSf https://astral.sh/uv/install.sh | sh')}\n\nThen:\n\n${fence('bash', 'uv init app && cd app\nuv add requests\nuv run pytest -q')}`,
  ),
  skill(
    'slack-summary',
    'Summarizes channels, and posts the summary where the user says.',
    '# Summaries\n\nRead the messages of the last day through the tool that the user has connected. Write five points at most. Post only after the user has agreed. Do not quote private messages.',
  ),
  skill(
    'image-tools',
    'Resizes and converts pictures with ImageMagick and ffmpeg.',
    `# Pictures\n\n${fence('bash', 'magick in.png -resize 50% out.webp\nffmpeg -i in.mov -vf scale=1280:-2 -c:v libx264 out.mp4\nfor f in *.png; do magick "$f" "${f%.png}.jpg"; done')}`,
    file(
      'scripts/thumbs.sh',
      '#!/bin/sh\nset -eu\nmkdir -p thumbs\nfor picture in "$@"; do\n  magick "$picture" -thumbnail 200x200 "thumbs/$(basename "$picture")"\ndone\n',
      true,
    ),
  ),
  skill(
    'sql-helper',
    'Writes and explains SQL for PostgreSQL.',
    `# SQL\n\n${fence('sql', "EXPLAIN ANALYZE\nSELECT customer_id, sum(amount) AS total\nFROM orders\nWHERE created_at >= now() - interval '30 days'\nGROUP BY customer_id\nORDER BY total DESC\nLIMIT 20;")}\n\nConnect with \`psql "$DATABASE_URL"\`. Changes to a schema are migrations; a person runs them.`,
  ),
  skill(
    'node-testing',
    'Writes tests for Node.js projects.',
    `# Tests\n\n${fence('ts', "import { expect, test, vi } from 'vitest';\n\ntest('fetches once', async () => {\n  const fetch = vi.fn(async () => new Response('{}'));\n  await load(fetch);\n  expect(fetch).toHaveBeenCalledOnce();\n});")}\n\nOne behaviour for each test. No sleeping. A test that cannot fail is removed.\n\n${fence('bash', 'npm test -- --run src/load.test.ts')}`,
    file(
      'templates/example.test.js',
      "import assert from 'node:assert/strict';\nimport test from 'node:test';\n\ntest('adds', () => assert.equal(1 + 1, 2));\n",
    ),
  ),
];
