using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    public class CoreTest
    {
        [Theory]
        [InlineData("Ada", null)]
        [InlineData(null, "{\"name\": \"Ada\"}")]
        public void GreetsTheNameOfTheQueryOrTheBody(string? name, string? body)
        {
            Answer answer = Core.Respond(name, body);
            Assert.Equal(200, answer.Status);
            Assert.Equal("Hello, Ada!", Json.Text(Json.Parse(answer.Body), "message"));
        }

        [Fact]
        public void GreetsTheWorldWithoutAName()
        {
            Assert.Contains("Hello, world!", Core.Respond(null, "").Body);
        }

        [Theory]
        [InlineData(" ", null)]
        [InlineData(null, "{")]
        [InlineData(null, "[]")]
        [InlineData(null, "{\"name\": 1}")]
        public void RefusesWhatItCannotUse(string? name, string? body)
        {
            Answer answer = Core.Respond(name, body);
            Assert.Equal(400, answer.Status);
            Assert.NotNull(Json.Text(Json.Parse(answer.Body), "error"));
        }

        [Fact]
        public void RefusesALongName()
        {
            Assert.Equal(400, Core.Respond(new string('x', Core.LongestName + 1), null).Status);
        }
    }
}
