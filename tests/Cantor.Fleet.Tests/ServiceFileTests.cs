namespace Cantor.Fleet.Tests;

public sealed class ServiceFileTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_short_file_says_all_that_is_needed()
    {
        _scratch.WriteService("articles");
        var service = Assert.Single(_scratch.Load().Services);
        Assert.Equal(("articles", "team", "Etc/UTC", new Slo(99.9, 99, 100)), (service.Name, service.Owner, service.TimeZone, service.Slo));
        Assert.Equal("collection: articles\nitems: /corpus/articles/*.parquet\n", Assert.Single(service.Collections).Yaml);
        Assert.Equal(["dev", "prod"], service.Environments.Select(at => at.At.Text));
        Assert.All(service.Environments, at => Assert.Equal("1.0.0", at.Version));
    }

    [Fact]
    public void Services_build_at_different_minutes_of_the_night_that_their_names_decide()
    {
        string[] nights = [.. Enumerable.Range(1, 20).Select(number => ServiceFile.NightOf($"service{number}"))];
        Assert.All(nights, cron => Assert.Null(CronText.Fault(cron)));
        Assert.All(nights, cron => Assert.InRange(int.Parse(cron.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), 1, 4));
        Assert.InRange(nights.Distinct().Count(), 15, 20);
        Assert.Equal(nights[0], ServiceFile.NightOf("service1"));
    }

    [Fact]
    public void The_policy_of_releases_is_that_of_every_collection_without_one_of_its_own()
    {
        _scratch.Write("news.yaml", """
            service: news
            owner: team
            slack: C0123456789
            collections:
              a:
              b: {publish: live, gate: {minItems: 0.5}}
            release: {publish: canary, rollout: {dwell: 1m}, gate: {minItems: 0.9}}
            size: {items: 1, rps: 1}
            environments: {prod: }
            """);
        Assert.Equal(
            ["collection: a\npublish: canary\nrollout: {dwell: 1m}\ngate: {minItems: 0.9}\n", "collection: b\npublish: live\ngate: {minItems: 0.5}\nrollout: {dwell: 1m}\n"],
            Assert.Single(_scratch.Load().Services).Collections.Select(collection => collection.Yaml));
    }

    [Fact]
    public void Every_wrong_file_is_named()
    {
        _scratch.Write("a1.yaml", Scratch.Service("a1").Replace("owner: team", "owner:", StringComparison.Ordinal));
        _scratch.WriteService("b1");
        _scratch.Write("c1.yaml", Scratch.Service("c1").Replace("rps: 20", "rps: 0", StringComparison.Ordinal));
        Assert.Equal(["a1.yaml", "c1.yaml"], Assert.Throws<FleetFaultException>(_scratch.Load).Faults.Select(fault => Path.GetFileName(fault.Source)));
    }

    // Line 1 is service, 2 owner, 3 slack, 4 collections, 5 size, 6 environments.
    [Theory]
    [InlineData("owner: team", "ownr: team", "articles.yaml:2: ownr: there is no such field; did you mean owner? expected one of service, owner, slack, description, collections, schedule, timeZone, release, build, slo, size, resources, secrets, gateway, environments")]
    [InlineData("service: articles", "service: other", "articles.yaml:1: service: is other in the file articles.yaml; expected both alike: other.yaml")]
    [InlineData("service: articles", "service: Articles", "articles.yaml:1: service: expected 2 to 20 of a-z, 0-9 and -, a letter first and no - last, found \"Articles\"")]
    [InlineData("service: articles", "service: gateway", "articles.yaml:1: service: is gateway, after which something else is called already; expected another name than cloudsqladmin, environments, exporter, gateway, nodes, postgres, prices, template0, template1")]
    [InlineData("owner: team\n", "", "articles.yaml: owner: is missing; expected who answers for it")]
    [InlineData("C0123456789", "#general", "articles.yaml:3: slack: is missing; expected the id of a Slack channel such as C0123456789")]
    [InlineData("C0123456789", "general", "articles.yaml:3: slack: expected the id of a Slack channel such as C0123456789, found \"general\"")]
    [InlineData("{articles: {items: /corpus/articles/*.parquet}}", "", "articles.yaml:4: collections: expected 1 to 100 names of collections, each with its cantor.yaml")]
    [InlineData("{articles: {items: /corpus/articles/*.parquet}}", "{articles: {itms: x}}", "articles.yaml:4: collections.articles.itms: there is no such field; did you mean items? *")]
    [InlineData("{articles: {items: /corpus/articles/*.parquet}}", "{articles: {signals: {tags: {weight: 3}}}}", "articles.yaml:4: collections.articles.signals.tags.weight: expected a number from 0 to 2, found \"3\"")]
    [InlineData("{articles: {items: /corpus/articles/*.parquet}}", "{articles: {collection: other}}", "articles.yaml:4: collections.articles.collection: is other under the name articles; expected none: the name above says it")]
    [InlineData("{articles: {items: /corpus/articles/*.parquet}}", "{Articles: {}}", "articles.yaml:4: collections.Articles: expected 1 to 64 of a-z, 0-9, - and _, a letter or digit first")]
    [InlineData("/corpus/articles/*.parquet", "articles.jsonl", "articles.yaml:4: collections.articles.items: a pod has no such file; expected /corpus/… (the bucket of the corpus), duckdb:SELECT … over such files, postgres://… or bigquery://…")]
    [InlineData("items: /corpus/articles/*.parquet", "terms: terms.txt", "articles.yaml:4: collections.articles.terms: names a file that no pod has; expected one under /corpus/, the bucket of the corpus")]
    [InlineData("items: /corpus/articles/*.parquet", "gate: {judgments: j.tsv}", "articles.yaml:4: collections.articles.gate: names a file that no pod has; expected one under /corpus/, the bucket of the corpus")]
    [InlineData("/corpus/articles/*.parquet", "'postgres://me:s3cret@db/cms?query=SELECT 1'", "articles.yaml:4: collections.articles.items: a password stands in the source; expected ${NAME}, and secrets: {NAME: NAME-OF-A-SECRET}")]
    [InlineData("/corpus/articles/*.parquet", "'postgres://me:${DB}@db/cms?query=SELECT 1'", "articles.yaml:4: collections.articles: uses ${DB}, which secrets does not name; expected secrets: {DB: NAME-OF-A-SECRET}")]
    [InlineData("rps: 20", "rps: many", "articles.yaml:5: size.rps: expected a whole number from 1 to 1000000, found \"many\"")]
    [InlineData("size: {items: 10000, rps: 20}\n", "", "articles.yaml: size.items: is missing; expected about how many items its collections have together")]
    [InlineData("{dev: , prod: }", "{test: }", "articles.yaml:6: environments.test: there is no such field; *expected one of dev, prod")]
    [InlineData("{dev: , prod: }", "{}", "articles.yaml:6: environments: is missing; expected some of dev, prod")]
    [InlineData("{dev: , prod: }", "{prod: {canary: {version: 1.1.0, weight: 0}}}", "articles.yaml:6: environments.prod.canary.weight: expected a whole number from 1 to 99, found \"0\"")]
    [InlineData("{dev: , prod: }", "{prod: {canary: {version: 1.1.0}}}", "articles.yaml:6: environments.prod.canary.weight: is missing; expected percent of the requests, 1 to 99, or judged: true; without a canary leave canary out")]
    [InlineData("{dev: , prod: }", "{prod: {canary: {version: 1.1.0, judged: false}}}", "articles.yaml:6: environments.prod.canary.weight: is missing; expected percent of the requests, 1 to 99, or judged: true; without a canary leave canary out")]
    [InlineData("{dev: , prod: }", "{prod: {canary: {version: 1.1.0, weight: 5, judged: true}}}", "articles.yaml:6: environments.prod.canary.weight: is given beside judged: true, where the servers move the share themselves; expected one of them")]
    [InlineData("{dev: , prod: }", "{prod: {canary: {version: 1.1.0, judged: maybe}}}", "articles.yaml:6: environments.prod.canary.judged: expected true or false, found \"maybe\"")]
    [InlineData("{dev: , prod: }", "{prod: {canary: {version: 1.0.0, weight: 5}}}", "articles.yaml:6: environments.prod.canary.version: is 1.0.0, which all get already; expected another")]
    [InlineData("{dev: , prod: }", "{prod: {replicas: {min: 4, max: 3}}}", "articles.yaml:6: environments.prod.replicas.max: is 3; expected 4 or more, which min says")]
    [InlineData("{dev: , prod: }", "{prod: }\nschedule: 0 25 * * *", "articles.yaml:7: schedule: the hour is \"25\"; expected *, numbers from 0 to 23, ranges such as 1-5 or steps such as */2")]
    [InlineData("{dev: , prod: }", "{prod: }\nsecrets: {CANTOR_WEBHOOK: 'https://hooks.example.com/x'}", "articles.yaml:7: secrets.CANTOR_WEBHOOK: expected the name of a secret in the secret manager (letters, digits, - and _), never its value, found *")]
    [InlineData("{dev: , prod: }", "{prod: }\nsecrets: {CANTOR_STORE: store}", "articles.yaml:7: secrets.CANTOR_STORE: is derived: servers reach their database by their own account, without a password; expected none")]
    [InlineData("{dev: , prod: }", "{prod: }\nrelease: {publish: soon}", "articles.yaml:7: release.publish: expected live, canary or none, found \"soon\"")]
    [InlineData("{dev: , prod: }", "{prod: }\ntimeZone: Europe/Berln", "articles.yaml:7: timeZone: there is no Europe/Berln; expected a time zone such as Europe/Berlin or Etc/UTC")]
    [InlineData("{dev: , prod: }", "{prod: }\nrelease: {rollout: {dwell: 25h}}", "articles.yaml:7: release.rollout: deadline is 1.00:00:00; expected a time above dwell")]
    [InlineData("items: /corpus/articles/*.parquet", "rollout: {dwell: 2h, deadline: 1h}", "articles.yaml:4: collections.articles.rollout: deadline is 01:00:00; expected a time above dwell")]
    [InlineData("/corpus/articles/*.parquet", "'bigquery://warehouse'", "articles.yaml:4: collections.articles.items: no query; expected …?query=SELECT … at the end")]
    [InlineData("/corpus/articles/*.parquet", "'postgres://10.0.0.5/cms'", "articles.yaml:4: collections.articles.items: no query; expected …?query=SELECT … at the end")]
    [InlineData("{dev: , prod: }", "{prod: }\nbuild: {shards: 0}", "articles.yaml:7: build.shards: expected a whole number from 1 to 100, found \"0\"")]
    [InlineData("{articles: {items: /corpus/articles/*.parquet}}", "{a: , b: }\nbuild: {shards: 2}", "articles.yaml:5: build.shards: is 2 beside several collections; expected one, large enough to be built by several pods, alone in its service")]
    [InlineData("{dev: , prod: }", "{prod: {old: {url: 'http://old'}}}", "articles.yaml:6: environments.prod.old: is given without a gateway before it; expected gateway: {routes: …} above")]
    [InlineData("{dev: , prod: }", "{prod: }\ngateway: {rescue: new}", "articles.yaml:7: gateway.routes: expected at least one route, such as related: {path: /articles/{id}/related}, found nothing")]
    [InlineData("{dev: , prod: }", "{prod: }\ngateway: {routes: {a: {path: /a, newpath: /b}}}", "articles.yaml:7: gateway.routes.a.newpath: there is no such field; did you mean newPath? *")]
    [InlineData("{dev: , prod: }", "{prod: }\ngateway: {name: other, routes: {a: {path: /a}}}", "articles.yaml:7: gateway.name: there is no such field; *")]
    [InlineData("{dev: , prod: }", "{prod: }\ngateway: {routes: {a: {path: /a, ids: {at: $.x, map: ids.tsv}}}}", "articles.yaml:7: gateway.routes.a.ids.map: names a file that no pod has; expected strip and prefix to say how ids differ")]
    [InlineData("{dev: , prod: }", "{prod: }\ngateway: {new: {headers: {X: '${KEY}'}}, routes: {a: {path: /a}}}", "articles.yaml:7: gateway.new: uses ${KEY}, which secrets does not name; expected secrets: {KEY: NAME-OF-A-SECRET}")]
    [InlineData("{dev: , prod: }", "{prod: {old: {url: old}}}\ngateway: {routes: {a: {path: /a}}}", "articles.yaml:6: environments.prod.old.url: expected http://HOST:PORT or https://HOST, a path behind it if need be, found \"old\"")]
    [InlineData("{dev: , prod: }", "{prod: ", "articles.yaml:*not valid YAML: *")]
    public void A_fault_names_file_line_and_field(string of, string by, string fault)
    {
        var text = Scratch.Service("articles");
        Assert.Contains(of, text, StringComparison.Ordinal);
        var parts = fault.Split('*');
        var found = _scratch.FaultOf(text.Replace(of, by, StringComparison.Ordinal));
        // The * of cron stands in some: what they say is compared whole.
        if (fault == found) return;
        Assert.StartsWith(parts[0], found, StringComparison.Ordinal);
        Assert.EndsWith(parts[^1], found, StringComparison.Ordinal);
        Assert.True(parts.Length > 1, found);
    }

    [Theory]
    [InlineData("project: example-dev", "project: X", "environments.yaml:3: environments.dev.project: expected the id of a Google Cloud project, found \"X\"")]
    [InlineData("project: example-dev", "project: example-prod", "environments.yaml:4: environments.prod.project: is example-prod, which dev has; expected a project of its own: clusters, databases and buckets of environments are called alike")]
    [InlineData("images: registry.example.com/cantor", "", "environments.yaml: images: is missing; expected the place where images are kept")]
    [InlineData("  dev:", "  test:", "environments.yaml:3: environments.test: there is no such field; expected one of dev, staging, prod")]
    public void A_fault_of_the_environments_is_told_once(string of, string by, string fault)
    {
        _scratch.WriteService("articles");
        _scratch.Write("environments.yaml", Scratch.Environments.Replace(of, by, StringComparison.Ordinal));
        Assert.Equal(fault, Assert.Single(Assert.Throws<FleetFaultException>(_scratch.Load).Faults).Message.Replace(_scratch.Folder + "/", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("30 2 * * *", "cron(30 2 * * ? *)")]
    [InlineData("*/15 1-3,22 * 6-12/3 *", "cron(0,15,30,45 1,2,3,22 * 6,9,12 ? *)")]
    [InlineData("0 3 * * 0", "cron(0 3 ? * 1 *)")]
    [InlineData("0 3 * * 1-5", "cron(0 3 ? * 2,3,4,5,6 *)")]
    [InlineData("5/20 3 1 * 6", "cron(5,25,45 3 1 * ? *)", "cron(5,25,45 3 ? * 7 *)")] // cron runs on either day
    public void EventBridge_is_told_the_same_times(string cron, params string[] schedules)
    {
        Assert.Null(CronText.Fault(cron));
        Assert.Equal(schedules, AwsSchedule.Of(cron));
    }

    [Theory]
    [InlineData("0 3 * * *"), InlineData("*/15 0-5,22 1 1-12/3 0")]
    public void A_schedule_of_five_fields_is_one(string cron) => Assert.Null(CronText.Fault(cron));

    [Theory]
    [InlineData("0 3 * *"), InlineData("60 3 * * *"), InlineData("0 3 0 * *"), InlineData("0 5-3 * * *"), InlineData("*/0 * * * *"), InlineData("0 3 * JAN *"), InlineData("0 3 * * 7"), InlineData("@daily")]
    public void What_is_no_schedule_is_refused(string cron) => Assert.NotNull(CronText.Fault(cron));
}
