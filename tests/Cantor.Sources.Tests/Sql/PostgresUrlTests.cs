using Cantor.Corpus;
using Cantor.Sources.Sql;
using Npgsql;

namespace Cantor.Sources.Tests.Sql;

public class PostgresUrlTests
{
    [Fact]
    public void Every_part_is_decoded_and_the_query_reaches_to_the_end()
    {
        var url = PostgresUrl.Parse("postgres://me%40work:p%2Fw%3Ad@db.example.org:6432/my%20db?sslmode=verify-full&connect_timeout=7&query=SELECT id%2C title FROM a WHERE b = 'x&query=?#%25' ; ");
        Assert.Equal("SELECT id, title FROM a WHERE b = 'x&query=?#%' ", url.Query);
        Assert.Equal("postgres://me%40work@db.example.org:6432/my%20db", url.Name);
        var connection = url.Connection;
        Assert.Equal(("me@work", "p/w:d", "db.example.org", 6432, "my db"), (connection.Username, connection.Password, connection.Host, connection.Port, connection.Database));
        Assert.Equal((SslMode.VerifyFull, 7), (connection.SslMode, connection.Timeout));
    }

    [Theory]
    [InlineData("postgresql://db/d?query=SELECT 1", "db"), InlineData("postgres://[::1]:99/d?query=SELECT 1", "::1")]
    [InlineData("postgres:///d?host=/run/postgresql&query=SELECT 1", "/run/postgresql"), InlineData("postgres:///d?query=SELECT 1", "localhost")]
    public void A_host_may_be_a_name_an_address_or_a_socket(string source, string host) =>
        Assert.Equal(host, PostgresUrl.Parse(source).Connection.Host);

    [Theory]
    [InlineData("postgres://u:s3cret@db/d", "postgres://u@db/d: no query; expected …?query=SELECT … at the end")]
    [InlineData("postgres://u:s3cret@db/d?query= ;", "postgres://u@db/d: no query; expected …?query=SELECT … at the end")]
    [InlineData("postgres://u:s3cret@db:port/d?query=SELECT 1", "postgres://u@db:port/d: the port is \"port\"; expected a number from 1 to 65535")]
    [InlineData("postgres://u:s3cret/d?query=SELECT 1", "postgres://…: the port is no number; expected postgres://user:password@host:port/database")]
    [InlineData("postgres://u:is?s3cret@db/d?query=SELECT '@'", "postgres://…: there is an @ behind the first ?; expected a ? of the user or password as %3F, and an @ of an option as %40")]
    [InlineData("postgres://u:s3cret@db/d?sslmode=maybe&query=SELECT 1", "postgres://u@db/d: sslmode is \"maybe\"; expected disable, allow, prefer, require, verify-ca or verify-full")]
    [InlineData("postgres://u:s3cret@db/d?connect_timeout=long&query=SELECT 1", "postgres://u@db/d: connect_timeout is \"long\"; expected seconds from 0 to 1024")]
    [InlineData("postgres://u:s3cret@db/d?sql=SELECT 1", "postgres://u@db/d: there is no option \"sql\"; expected application_name, connect_timeout, host, sslmode, sslrootcert, and query at the end")]
    public void Another_form_is_refused_without_the_password(string source, string fault) =>
        Assert.Equal(fault, Assert.Throws<InputFaultException>(() => PostgresUrl.Parse(source)).Message);

    [Fact]
    public async Task A_server_that_does_not_answer_is_named_without_the_password()
    {
        using var scratch = new Scratch();
        var fault = await scratch.ItemFaultAsync("postgres://u:s3cret@127.0.0.1:1/d?query=SELECT 1");
        Assert.StartsWith("postgres://u@127.0.0.1:1/d: the server cannot be reached: ", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_that_a_server_repeats_is_blotted_out() =>
        Assert.Equal("why *** now", PostgresUrl.Parse("postgres://u:s%20t@db/d?query=SELECT 1").WithoutPassword("why s t now"));
}
