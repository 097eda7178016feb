using System;
using StackExchange.Redis;

namespace Example.<%name|pascal%>
{
    /// <summary>Connections to redis://USER:PASSWORD@HOST:PORT/NUMBER (rediss:// for TLS).</summary>
    internal static class RedisServer
    {
        public static ConnectionMultiplexer Connect(string url)
        {
            var place = new Uri(url);
            var options = new ConfigurationOptions
            {
                ConnectTimeout = 5000,
                Ssl = place.Scheme == "rediss",
                SslHost = place.Host,
            };
            options.EndPoints.Add(place.Host, place.Port > 0 ? place.Port : 6379);
            string[] user = place.UserInfo.Split(':', 2);
            if (user[0] != "")
            {
                options.User = Uri.UnescapeDataString(user[0]);
            }
            if (user.Length == 2)
            {
                options.Password = Uri.UnescapeDataString(user[1]);
            }
            string number = place.AbsolutePath.Trim('/');
            if (number != "")
            {
                options.DefaultDatabase = int.Parse(number);
            }
            return ConnectionMultiplexer.Connect(options);
        }
    }
}
