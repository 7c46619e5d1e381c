'use strict';
// Shows the findings that stand in this page as JSON. Whatever comes from there becomes text nodes, never markup.
// Rows are made as they come into view, so that the page is as quick with ten thousand findings as with ten.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const { run, rules, findings } = data;
  const $ = id => document.getElementById(id);
  const SEVERITIES = ['low', 'medium', 'high', 'critical'];
  const CONFIDENCES = ['low', 'medium', 'high'];
  const ROWS_AT_ONCE = 100;
  const PLACES_AT_ONCE = 10;
  const BARS = 60;
  const NO_PROVIDER = 'No provider known';

  // el('p', {class: 'quiet', onclick: f}, child, …): an element; strings become text.
  const make = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat().filter(child => child !== null && child !== undefined));
    return node;
  };
  const el = (name, attributes, ...children) => make(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) =>
    make(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

  // Characters that hide or reorder text are spelt out: names of files are anybody's.
  const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{FE00}-\u{FE0F}\u{E0000}-\u{E0FFF}]/gu;
  const spelt = character => '\\u{' + character.codePointAt(0).toString(16) + '}';
  const visible = text => text.replace(HIDDEN, spelt);
  const found = (text, name = 'span', kind = '') => el(name, { class: ('found ' + kind).trim(), dir: 'ltr' }, visible(text));

  const count = (n, one, many) => n.toLocaleString('en') + ' ' + (n === 1 ? one : many || one + 's');
  const isLink = text => /^https?:\/\//.test(text || '');
  const outside = (href, ...children) => el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
  const day = date => date.slice(0, 10);

  const where = place => {
    if (place.path === '') return 'standard input' + (place.line ? ':' + place.line : '');
    return place.path + (place.line ? ':' + place.line + ':' + place.column : '');
  };
  const NOW = {
    head: ['in HEAD', 'It stands in what HEAD holds.'],
    branch: ['in a branch', 'It no longer stands in HEAD, but in other branches.'],
    history: ['in the history', 'No branch holds it any more, but whoever has the history has it.'],
    loose: ['in no branch', 'No branch leads to it, but the repository still holds it.'],
    here: [{ stdin: 'in the stream' }[run.command] || 'in the files', 'It stands in what was scanned.'],
  };

  // What issuers said, where they were asked.
  const VERDICTS = {
    live: ['live', 'Its issuer says that it works.'],
    restricted: ['live, restricted', 'Its issuer knows it, but not for what was asked.'],
    dead: ['dead', 'Its issuer says that it no longer works.'],
    unknown: ['not known', 'Nothing is known of whether it works.'],
  };
  const verdictOf = finding => finding.verdict ? VERDICTS[finding.verdict.state] || VERDICTS.unknown : null;

  // What filters and groups ask of a finding, worked out once.
  for (const finding of findings) {
    const rule = rules[finding.rule];
    finding.provider = rule.provider || NO_PROVIDER;
    finding.date = finding.places.length && finding.places[0].date ? finding.places[0].date : '';
  }

  // What a search looks through: made when there is time, or when it is asked for.
  const hay = finding => {
    if (finding.hay !== undefined) return finding.hay;
    const rule = rules[finding.rule];
    finding.hay = [rule.title, rule.id, finding.provider, finding.id, finding.secret || '', ...(finding.branches || []),
      ...finding.places.map(p => [p.path, p.commit || '', p.author || '', p.email || '', p.subject || '',
        p.repository || ''].join('\n'))].join('\n').toLowerCase();
    return finding.hay;
  };
  const prepareSearch = at => requestIdleCallback(deadline => {
    while (at < findings.length && deadline.timeRemaining() > 1) hay(findings[at++]);
    if (at < findings.length) prepareSearch(at);
  });

  // ---- the head ----

  const showHead = () => {
    const targets = run.targets.map(visible).join(' ');
    $('scope').append(el('span', { class: 'found mono', dir: 'ltr' }, 'staunch ' + visible(run.command) + ' ' + targets),
      ' · ', run.started.replace('T', ' ').replace('Z', ' UTC'));
    const notes = (kind, list, words) => list && list.length ? el('details', { id: kind },
      el('summary', {}, count(list.length, words + ' item', words + ' items')),
      el('ul', {}, list.map(([what, why]) => el('li', {}, found(what, 'span', 'mono'), why ? ': ' : '', found(why))))) : null;
    const part = run.partial ? run.partial.length : 0, unread = run.incomplete ? run.incomplete.length : 0;
    const [kind, head, rest] = unread ? ['bad', 'Not everything was read.', 'What could not be read may hold more.']
      : part ? ['warn', 'Some things were read in part only.', 'What a limit cut off may hold more.']
        : ['good', 'Everything was read.', ''];
    // Its end says again what stands in front.
    const summary = visible(run.summary).replace(/; (not )?everything was read.*$/, '').replace(/^n/, 'N');
    $('verdict').append(el('div', { class: 'banner ' + kind, id: 'whole' }, el('p', {}, el('strong', {}, head), ' ', rest, ' ',
      el('span', { class: 'quiet' }, summary + '.')),
    notes('incomplete', run.incomplete, 'unread'), notes('partial', run.partial, 'partly read'),
    notes('skipped', run.skipped, 'left-out'),
    notes('dead', [...(run.deadIgnores || []), ...(run.deadBaseline || [])].map(entry => [entry, 'nothing in this scan matches it']),
      'dead ignore or baseline')));
    if (run.showsSecrets)
      $('verdict').append(el('p', { class: 'banner bad', id: 'bare' }, el('strong', {}, 'This page holds secrets as they are.'),
        ' Whoever can open it can use them.'));
    const of = severity => findings.filter(f => f.severity === severity).length;
    const tile = (n, words, kind) => el('div', { class: 'tile ' + (n ? kind || '' : 'none') }, el('b', {}, n.toLocaleString('en')), el('span', {}, words));
    $('tiles').append(tile(findings.length, findings.length === 1 ? 'finding' : 'findings'), tile(run.places, run.places === 1 ? 'place' : 'places'),
      tile(of(3), 'critical', 'critical'), tile(of(2), 'high', 'high'), tile(of(1), 'medium'), tile(of(0), 'low'));
    if (findings.some(f => f.verdict))
      $('tiles').append(tile(findings.filter(f => f.verdict && (f.verdict.state === 'live' || f.verdict.state === 'restricted')).length, 'live', 'critical'));
    if (findings.some(f => f.now !== 'here'))
      $('tiles').append(tile(findings.filter(f => f.now === 'head').length, 'still in HEAD', 'high'));
    $('foot').append('Written by staunch ' + visible(run.version) + '. A finding is one secret, wherever it stands; its fingerprint stays when lines move. ',
      run.publicFingerprints ? 'The fingerprints are public: whoever guesses a secret can compute its own. ' : '',
      ...findings.length === 0 ? [] : ['Keys: ', el('kbd', {}, '/'), ' search, ', el('kbd', {}, 'j'), ' ', el('kbd', {}, 'k'), ' next and previous, ',
      el('kbd', {}, 'Enter'), ' open, ', el('kbd', {}, 'Esc'), ' clear.']);
  };

  // ---- light and dark ----

  const THEMES = { auto: 'Auto', light: 'Light', dark: 'Dark' };
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch (e) { /* a page from a file may not */ } };
  const remembered = key => { try { return localStorage.getItem(key); } catch (e) { return null; } };
  const setTheme = theme => {
    if (theme === 'auto') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme);
    $('theme-name').textContent = THEMES[theme];
    $('theme').setAttribute('aria-label', 'Colours: ' + (theme === 'auto' ? 'as the system' : theme));
    $('theme').dataset.theme = theme;
  };
  $('theme').addEventListener('click', () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf($('theme').dataset.theme) + 1) % names.length];
    setTheme(next);
    remember('staunch-theme', next);
  });
  setTheme(THEMES[remembered('staunch-theme')] ? remembered('staunch-theme') : 'auto');

  // ---- filters ----

  const filter = { text: '', severities: new Set([0, 1, 2, 3]), confidence: 0, provider: '', now: '', from: '', to: '', group: 'provider' };
  const passes = (f, words) => filter.severities.has(f.severity) && f.confidence >= filter.confidence &&
    (!filter.provider || f.provider === filter.provider) && (!filter.now || f.now === filter.now) &&
    (!filter.from || (f.date >= filter.from && f.date < filter.to)) && words.every(word => hay(f).includes(word));

  const choice = (id, label, options, use) => {
    const select = el('select', { id, 'aria-label': label, onchange: () => { use(select.value); update(); } },
      options.map(([value, words]) => el('option', { value }, words)));
    return select;
  };
  const showFilters = () => {
    const search = el('input', { type: 'search', id: 'text', placeholder: 'Search paths, rules, authors, fingerprints…',
      'aria-label': 'Search', spellcheck: 'false', autocomplete: 'off',
      oninput: () => { filter.text = search.value; update(); } });
    const chips = el('fieldset', { class: 'chips' }, el('legend', { class: 'unseen' }, 'Severity'),
      [3, 2, 1, 0].map(severity => el('label', { class: 'chip' },
        el('input', { type: 'checkbox', id: 'severity-' + SEVERITIES[severity], checked: true, onchange: event => {
          if (event.target.checked) filter.severities.add(severity); else filter.severities.delete(severity);
          update();
        } }), el('i', { class: 'bg-' + SEVERITIES[severity] }), SEVERITIES[severity])));
    const providers = [...new Set(findings.map(f => f.provider))].sort((a, b) => a.localeCompare(b, 'en'));
    const nows = [...new Set(findings.map(f => f.now))];
    $('filters').append(el('div', { class: 'row' }, search, chips), el('div', { class: 'row' },
      choice('confidence', 'Confidence', [['0', 'Any confidence'], ['1', 'Medium and high'], ['2', 'High only']], v => { filter.confidence = Number(v); }),
      choice('provider', 'Provider', [['', 'All providers'], ...providers.map(p => [p, visible(p)])], v => { filter.provider = v; }),
      nows.length > 1 ? choice('now', 'Where it stands now', [['', 'Wherever it stands'],
        ...Object.keys(NOW).filter(n => nows.includes(n)).map(n => [n, 'Now ' + NOW[n][0]])], v => { filter.now = v; }) : null,
      choice('group', 'Group by', [['provider', 'By provider'], ['path', 'By file'], ['none', 'Not grouped']], v => { filter.group = v; }),
    el('p', { id: 'count' }, el('span', { id: 'shown' }), el('button', { type: 'button', class: 'link', id: 'reset', onclick: reset, hidden: true }, 'Clear filters'))));
    $('filters').hidden = findings.length === 0;
    new IntersectionObserver(([entry]) => $('filters').classList.toggle('stuck', entry.intersectionRatio < 1 && entry.boundingClientRect.top < 1),
      { threshold: [1], rootMargin: '-1px 0px 0px 0px' }).observe($('filters'));
  };
  const reset = () => {
    Object.assign(filter, { text: '', severities: new Set([0, 1, 2, 3]), confidence: 0, provider: '', now: '', from: '', to: '' });
    for (const id of ['text', 'provider', 'now']) if ($(id)) $(id).value = '';
    $('confidence').value = '0';
    for (const severity of SEVERITIES) $('severity-' + severity).checked = true;
    update();
    $('text').focus();
  };

  // ---- the timeline ----

  // First dates by month, or by so many months that BARS suffice.
  const monthOf = date => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
  const monthName = month => `${String(Math.floor(month / 12)).padStart(4, '0')}-${String(month % 12 + 1).padStart(2, '0')}`;
  const showTimeline = () => {
    const dated = findings.filter(f => /^\d{4}-\d\d-\d\d/.test(f.date));
    if (!dated.length) return;
    const months = dated.map(f => monthOf(f.date));
    const low = months.reduce((a, b) => Math.min(a, b)), high = months.reduce((a, b) => Math.max(a, b));
    const step = [1, 3, 6, 12, 24, 60, 120, 1200, 12000].find(s => Math.floor(high / s) - Math.floor(low / s) < BARS) || 120000;
    const base = Math.floor(low / step), bars = Math.floor(high / step) - base + 1;
    const sums = Array.from({ length: bars }, () => [0, 0, 0, 0]);
    dated.forEach((f, i) => { sums[Math.floor(months[i] / step) - base][f.severity] += 1; });
    const tallest = Math.max(...sums.map(sum => sum.reduce((a, b) => a + b)));
    const height = 84, width = 1000 / Math.max(bars, 12), gap = Math.min(6, width * 0.18);
    const drawing = svg('svg', { viewBox: '0 0 1000 92', preserveAspectRatio: 'none', role: 'group', 'aria-label': 'Introductions over time; arrow keys move, Enter filters' });
    drawing.append(svg('line', { class: 'base', x1: 0, x2: 1000, y1: 88, y2: 88 }));
    const columns = sums.map((sum, i) => {
      const from = (base + i) * step, total = sum.reduce((a, b) => a + b);
      const name = step === 1 ? monthName(from) : `${monthName(from)} to ${monthName(from + step - 1)}`;
      const column = svg('g', { role: 'button', tabindex: i === bars - 1 ? '0' : '-1', 'aria-pressed': 'false', 'aria-label': `${name}: ${count(total, 'finding')}` },
        svg('title', {}, `${name}: ${count(total, 'finding')}`), svg('rect', { class: 'catch', x: i * width, y: 0, width, height: 92 }));
      let top = 87;
      for (const severity of [0, 1, 2, 3]) {
        if (!sum[severity]) continue;
        const tall = Math.max(2, sum[severity] / tallest * (height - 4));
        top -= tall;
        column.append(svg('rect', { class: 'fill-' + SEVERITIES[severity], x: i * width + gap / 2, y: top, width: width - gap, height: tall }));
      }
      const press = () => {
        const same = filter.from === monthName(from);
        filter.from = same ? '' : monthName(from);
        filter.to = same ? '' : monthName(from + step);
        update();
      };
      column.addEventListener('click', press);
      column.addEventListener('keydown', event => {
        const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: bars - 1 }[event.key];
        if (event.key === 'Enter' || event.key === ' ') press();
        else if (to === undefined || !columns[to]) return;
        else {
          column.setAttribute('tabindex', '-1');
          columns[to].setAttribute('tabindex', '0');
          columns[to].focus();
        }
        event.preventDefault();
      });
      column.dataset.from = monthName(from);
      drawing.append(column);
      return column;
    });
    const undated = findings.length - dated.length;
    $('timeline').append(el('div', { class: 'head' }, el('h2', {}, 'When they came in'),
      el('span', { class: 'quiet' }, undated ? count(undated, 'finding') + ' without a date' : '')),
    drawing, el('div', { class: 'ends quiet', 'aria-hidden': 'true' }, el('span', {}, monthName(base * step)),
      bars >= 12 ? el('span', {}, monthName((base + bars) * step - 1)) : null));
    $('timeline').hidden = false;
  };

  // ---- what to do ----

  // A word for a shell, or nothing where it holds what should not be pasted into a terminal.
  const shellWord = text => {
    HIDDEN.lastIndex = 0;
    if (text === '' || HIDDEN.test(text) || text.includes('\uFFFD')) return null;
    return /^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'";
  };
  const shellPath = path => shellWord(path.startsWith('-') ? './' + path : path);

  const copy = async (text, button) => {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch (e) {
      const area = el('textarea', { class: 'unseen' }, text);
      document.body.append(area);
      area.select();
      done = document.execCommand('copy');
      area.remove();
      button.focus();
    }
    button.textContent = done ? 'Copied' : 'Select it';
    $('said').textContent = done ? 'Copied' : 'The browser does not let this page copy';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  };
  const command = text => {
    const button = el('button', { type: 'button', 'aria-label': 'Copy: ' + text, onclick: () => copy(text, button) }, 'Copy');
    return el('div', { class: 'command' }, el('code', { class: 'found', dir: 'ltr' }, text), button);
  };
  const step = (words, ...commands) => el('li', {}, el('p', {}, words), commands.filter(Boolean).map(command));

  // The scan again with its secrets, into a file of its own: what verify and revoke need, and this page does not hold.
  const collect = () => {
    const targets = run.targets.map(shellPath);
    if (!['dir', 'git'].includes(run.command) || targets.includes(null)) return 'staunch dir . --show-secrets -f jsonl -r leaks.jsonl';
    return ['staunch', run.command, ...targets, '--show-secrets -f jsonl -r leaks.jsonl'].join(' ');
  };

  const steps = finding => {
    const rule = rules[finding.rule], only = "--only '" + finding.id + "'";
    const list = el('ol', { class: 'steps' });
    if (finding.pathOnly) {
      list.append(step('Look what the file holds, and keep it out of here.'));
    } else {
      if (rule.verify || rule.revoke)
        list.append(step('Collect the secrets into a file that only you can read: this page does not hold them.', collect()));
      if (rule.verify)
        list.append(step('Ask the issuer whether it still works. This sends it there.', `staunch verify leaks.jsonl ${only}`));
      const issuer = isLink(rule.console) ? ['at ', outside(rule.console, visible(rule.provider))] : rule.provider ? ['at ' + visible(rule.provider)] : ['where it was issued'];
      list.append(step(['Revoke it ', ...issuer, ', and put a new one in its place', rule.instruction ? ': ' + visible(rule.instruction) : '', '.',
        rule.irreversible ? ' This cannot be undone.' : '', rule.collateral ? ` What goes with it: ${visible(rule.collateral)}.` : ''],
      rule.revoke ? `staunch revoke leaks.jsonl ${only} --policy policy.toml` : null));
    }
    const files = [...new Map(finding.places.filter(p => !p.noFile && p.path && (finding.now === 'here' || finding.now === 'head'))
      .map(p => [p.path + ':' + (p.line || ''), p])).values()].slice(0, 3);
    const edits = files.map(p => [p.line, shellPath(p.path)]).filter(([, path]) => path)
      .map(([line, path]) => '"${EDITOR:-vi}"' + (line && run.command !== 'git' ? ' +' + line : '') + ' ' + path);
    if (finding.now !== 'loose' && finding.now !== 'history')
      list.append(step(finding.now === 'branch' ? 'Take it out of the branches that hold it; read it from the environment or a secret store instead.'
        : 'Take it out of the file; read it from the environment or a secret store instead.', ...edits));
    if (finding.now !== 'here')
      list.append(step('It stays in the history. Once it is revoked that does no harm; to rewrite the history all the same, list the secret in a file and tell everybody who has a clone.',
        'git filter-repo --sensitive-data-removal --replace-text secrets-to-remove.txt'));
    const id = shellWord(finding.id);
    if (id)
      list.append(step('Or it is no secret: let later scans pass it, with the reason.', `echo ${shellWord(finding.id + '  # why it is none')} >> .staunchignore`));
    return list;
  };

  // ---- findings ----

  const places = finding => {
    const history = finding.places.some(p => p.commit || p.blob);
    const severalRepositories = finding.places.some(p => p.repository);
    const body = el('tbody', {});
    const line = place => el('tr', {},
      el('td', { class: 'path' }, isLink(place.link) ? outside(place.link, found(where(place), 'span', 'mono')) : found(where(place), 'span', 'mono')),
      severalRepositories ? el('td', {}, found(place.repository || '')) : null,
      history ? [el('td', { class: 'when' }, place.date ? day(visible(place.date)) : '—'),
        el('td', { class: 'commit mono' }, visible((place.commit || place.blob || '').slice(0, 10)),
          place.atOrBefore ? ' or before' : '', place.reachable ? ` (${{ stash: 'a stash', reflog: 'a reflog', nothing: 'dangling' }[place.reachable] || ''})` : ''),
        el('td', {}, found(place.author || ''), place.email ? el('div', { class: 'quiet' }, found(place.email)) : null),
        el('td', { class: 'subject' }, found(place.subject || ''))] : null);
    let shown = 0;
    const rest = el('button', { type: 'button', class: 'link', onclick: () => more(finding.places.length) });
    const more = upTo => {
      body.append(...finding.places.slice(shown, upTo).map(line));
      shown = Math.min(upTo, finding.places.length);
      const left = finding.places.length - shown;
      rest.hidden = left === 0;
      rest.textContent = `Show ${count(left, 'more place', 'more places')}`;
    };
    more(PLACES_AT_ONCE);
    const unlisted = finding.count - finding.places.length;
    const head = ['Place', severalRepositories && 'Repository', ...(history ? ['Came in', 'Commit', 'By', 'Message'] : [])].filter(Boolean);
    return [el('div', { class: 'scroll' }, el('table', { class: 'places' }, el('thead', {}, el('tr', {}, head.map(words => el('th', { scope: 'col' }, words)))), body)), rest,
      unlisted > 0 ? el('p', { class: 'quiet' }, `and ${count(unlisted, 'place')} that this page does not list`) : null];
  };

  const detail = finding => {
    const branches = finding.branches ? [' Branches: ', finding.branches.map((b, i) => [i ? ', ' : '', found(b, 'span', 'mono')]), '.'].flat(2) : [];
    return el('div', { class: 'detail' },
      el('h3', {}, 'Where it stands'), el('p', {}, NOW[finding.now][1], branches), places(finding),
      ...(finding.verdict ? [el('h3', {}, 'Whether it works'), el('p', { class: 'verdict' }, verdictOf(finding)[1],
        finding.verdict.host ? [' Asked: ', found(finding.verdict.host, 'span', 'mono'), finding.verdict.checked_at ? ', ' + visible(finding.verdict.checked_at) : '', '.'] : null,
        finding.verdict.why ? [' ', found(finding.verdict.why), '.'] : null),
      finding.verdict.told ? el('ul', {}, Object.entries(finding.verdict.told).map(([name, value]) => el('li', {}, found(name), ': ', found(value)))) : null] : []),
      el('h3', {}, 'Why it was found'),
      el('ul', { class: 'why' }, el('li', {}, `rule ${visible(rules[finding.rule].id)}, ${CONFIDENCES[finding.confidence]} confidence`),
        (finding.why || []).map(why => el('li', {}, found(why)))),
      el('h3', {}, 'What to do'), steps(finding),
      el('h3', {}, 'Fingerprint'), el('p', { class: 'mono found' }, visible(finding.id)));
  };

  const row = finding => {
    const first = finding.places[0] || { path: '' };
    const box = el('article', { class: 'finding', 'data-id': finding.id });
    const button = el('button', { type: 'button', class: 'row', 'aria-expanded': 'false', onclick: () => {
      const open = button.getAttribute('aria-expanded') !== 'true';
      button.setAttribute('aria-expanded', String(open));
      if (open) box.append(detail(finding)); else box.lastChild.remove();
    } },
    el('span', { class: 'badge ' + SEVERITIES[finding.severity] }, SEVERITIES[finding.severity]),
    el('span', {}, found(rules[finding.rule].title, 'span', 'name'), finding.secret && finding.secret !== '…' ? found(finding.secret, 'code', 'secret') : null),
    el('span', { class: 'where' }, found(where(first), 'span', 'mono'), finding.count > 1 ? ` and ${count(finding.count - 1, 'more place', 'more places')}` : '',
      first.author ? [' · ', found(first.author)] : null),
    el('span', { class: 'tags' }, finding.verdict ? el('span', { class: 'verdict-' + (VERDICTS[finding.verdict.state] ? finding.verdict.state : 'unknown') }, verdictOf(finding)[0]) : null,
      finding.now === 'here' ? null : el('span', { class: 'now-' + finding.now }, NOW[finding.now][0]),
      finding.date ? el('span', {}, day(visible(finding.date))) : null,
      finding.confidence === 2 ? null : el('span', {}, CONFIDENCES[finding.confidence] + ' confidence')));
    box.append(button);
    return box;
  };

  // Groups in the order of their gravest finding; findings keep the order of the report.
  const grouped = list => {
    if (filter.group === 'none') return [['', list]];
    const keys = filter.group === 'provider' ? f => f.provider : f => (f.places[0] || { path: '' }).path || 'standard input';
    const groups = new Map();
    for (const finding of list) {
      const key = keys(finding);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(finding);
    }
    return [...groups];
  };

  let queue = [], watcher = null;
  const showMore = upTo => {
    const section = $('findings');
    const old = section.querySelector('.more');
    if (old) old.remove();
    let made = 0;
    while (queue.length && made < upTo) {
      const group = queue[0];
      if (!group.box) {
        group.box = el('div', { class: 'group' }, group.name === '' ? null :
          el('h2', {}, found(group.name), el('span', { class: 'quiet' }, count(group.list.length, 'finding'))));
        section.append(group.box);
      }
      const some = group.list.slice(group.shown, group.shown + upTo - made);
      group.box.append(...some.map(row));
      group.shown += some.length;
      made += some.length;
      if (group.shown === group.list.length) queue.shift();
    }
    if (!queue.length) return;
    const left = queue.reduce((n, group) => n + group.list.length - group.shown, 0);
    const button = el('button', { type: 'button', class: 'more plain', onclick: () => showMore(ROWS_AT_ONCE) }, `Show more (${count(left, 'finding')} left)`);
    section.append(button);
    if (watcher) watcher.disconnect();
    watcher = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting)) showMore(ROWS_AT_ONCE); }, { rootMargin: '600px' });
    watcher.observe(button);
  };

  const update = () => {
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    const list = findings.filter(f => passes(f, words));
    const narrowed = list.length !== findings.length || words.length > 0 || filter.from !== '';
    if (watcher) watcher.disconnect();
    $('findings').replaceChildren();
    queue = list.length ? grouped(list).map(([name, all]) => ({ name, list: all, shown: 0, box: null })) : [];
    $('shown').textContent = narrowed ? `${list.length.toLocaleString('en')} of ${count(findings.length, 'finding')}` +
      (filter.from ? `, first seen from ${filter.from} on` : '') : count(findings.length, 'finding');
    $('said').textContent = $('shown').textContent;
    $('reset').hidden = !narrowed;
    for (const column of $('timeline').querySelectorAll('g')) column.setAttribute('aria-pressed', String(column.dataset.from === filter.from));
    if (!list.length)
      $('findings').append(el('p', { class: 'empty', id: 'nothing' }, findings.length ? 'No finding matches these filters.' : 'Nothing was found.'));
    showMore(ROWS_AT_ONCE);
  };

  // ---- keys ----

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && document.activeElement.type !== 'checkbox';
    if (event.key === 'Escape' && findings.length) { reset(); return; }
    if (typing) return;
    if (event.key === '/' && findings.length) {
      $('text').focus();
      event.preventDefault();
    } else if (event.key === 'j' || event.key === 'k') {
      const rows = [...document.querySelectorAll('.finding > .row')];
      const here = document.activeElement.closest ? rows.indexOf(document.activeElement.closest('.finding')?.querySelector('.row')) : -1;
      const to = here < 0 ? 0 : here + (event.key === 'j' ? 1 : -1);
      if (rows[to]) rows[to].focus();
    }
  });
  window.addEventListener('beforeprint', () => showMore(findings.length));

  showHead();
  showTimeline();
  showFilters();
  update();
  prepareSearch(0);
  document.documentElement.dataset.ready = 'yes';
})();
