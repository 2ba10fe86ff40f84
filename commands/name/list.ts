import { listNames, type NamedAid } from '../../src/keys/names.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { inColumns } from '../../src/cli/terminal-text.ts';

export default class NameList extends BaseCommand {
  static override summary = 'List the names of this home.';
  static override examples = ['<%= config.bin %> name list', '<%= config.bin %> name list --json'];

  async run(): Promise<{ names: readonly NamedAid[] }> {
    const { flags } = await this.parse(NameList);
    const names = listNames(this.session(flags, 'reads').home);
    this.print(...inColumns(names.map(({ name, aid }) => [name.padEnd(15), aid])));
    return { names };
  }
}
